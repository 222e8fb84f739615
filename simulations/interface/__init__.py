r"""What simulations answer at their front door: draws of each number, and the estimates made of them.

Start at `Draws`, which a quantity's sampler returns; `estimated_answer` makes the answer.
"""

from simulations.interface._draws import Draws, Numbers
from simulations.interface._estimated_answer import estimated_answer, estimated_numbers, front_door_options
from simulations.interface._sampling import Sampling

__all__ = ["Draws", "Numbers", "Sampling", "estimated_answer", "estimated_numbers", "front_door_options"]
