r"""Design before data: how far is near enough, how many draws that takes, what share of the false alarm a row gets.

Start with `required_draws`; `margin_width` and `Budget` state its margin and its error rate.
"""

from simulations.agreement.design._margins import EFFORTS, Absolute, Margin, Relative, Width, margin_width, stated_width
from simulations.agreement.design._planned_draws import half_width, required_draws, smallest_detectable
from simulations.agreement.design._suite_budget import CAPACITY, FALSE_ALARM, Budget

__all__ = [
    "CAPACITY",
    "EFFORTS",
    "FALSE_ALARM",
    "Absolute",
    "Budget",
    "Margin",
    "Relative",
    "Width",
    "half_width",
    "margin_width",
    "required_draws",
    "smallest_detectable",
    "stated_width",
]
