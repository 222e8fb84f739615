r"""Design before data: how far is near enough, how many draws that takes, what share of the false alarm a row gets.

Start with `required_draws`; `margin_width` and `Budget` state its margin and its error rate.
"""

from simulations.agreement.design._margins import EFFORTS, Absolute, Margin, Relative, margin_width
from simulations.agreement.design._planned_draws import half_width, largest_sd, required_draws, smallest_detectable
from simulations.agreement.design._suite_budget import CAPACITY, FALSE_ALARM, Budget

__all__ = [
    "CAPACITY",
    "EFFORTS",
    "FALSE_ALARM",
    "Absolute",
    "Budget",
    "Margin",
    "Relative",
    "half_width",
    "largest_sd",
    "margin_width",
    "required_draws",
    "smallest_detectable",
]
