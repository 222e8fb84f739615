r"""Checkers of witnesses and proofs, in rationals and balls; they share no code with what finds them.

Start at `checked_proof`."""

from theory.expressivity.checker._checked_box import checked_box
from theory.expressivity.checker._checked_proof import checked_proof
from theory.expressivity.checker._checked_sectors import checked_sectors
from theory.expressivity.checker._checked_witness import Problem, attained
from theory.expressivity.checker._regions import Bounds
from theory.expressivity.checker._rows import row

__all__ = ["Bounds", "Problem", "attained", "checked_box", "checked_proof", "checked_sectors", "row"]
