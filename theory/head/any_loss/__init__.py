r"""Any convex loss and ridge at every n, p and T under any prompt: the exact law, and limits carried to n by it."""

from theory.head.any_loss._carried_gap import FEWEST_CARRIED, carried_gap_error
from theory.head.any_loss._expected_error import any_loss_error

__all__ = ["FEWEST_CARRIED", "any_loss_error", "carried_gap_error"]
