r"""`python -m theory QUANTITY …`: print a prediction."""

import sys
from typing import Any

from theory.head import head_error
from theory.model import FORMULA, KNOWN_PROMPT, KNOWN_PROMPT_EXAMPLE, FrontDoor, known_prompt

door = FrontDoor("theory", "Predictions: closed forms and laws, with a bound on their numerical error.")


@door.quantity("head-error", (*KNOWN_PROMPT, FORMULA), KNOWN_PROMPT_EXAMPLE)
def _head_error(formula: str, **values: Any) -> dict[str, Any]:
    r"""Expected test error of a least-squares head under a known prompt."""
    setting = known_prompt(**values)
    answer = head_error(setting, formula)
    return {
        "value": answer.value,
        "abs_error": answer.abs_error,
        "formula": answer.formula,
        "regime": answer.regime,
        "details": dict(answer.details),
        "setting": setting.values,
    }


if __name__ == "__main__":
    sys.exit(door.run())
