r"""Both front doors: the command line, and the one registry of what can be asked of them.

Start at `Quantity`; the declarations are in `quantities`.
"""

from theory.interface._command_line import Answer, Command, CommandLine
from theory.interface._front_door import FrontDoor, predicted_answer
from theory.interface._quantity import QUANTITIES, Quantity
from theory.interface._settings_row import Question, question_of
from theory.interface.quantities import HEAD, HEAD_EXAMPLE, MODEL, PROMPT, SHIFT, gathered, whole_setting

__all__ = [
    "HEAD",
    "HEAD_EXAMPLE",
    "MODEL",
    "PROMPT",
    "QUANTITIES",
    "SHIFT",
    "Answer",
    "Command",
    "CommandLine",
    "FrontDoor",
    "Quantity",
    "Question",
    "gathered",
    "predicted_answer",
    "question_of",
    "whole_setting",
]
