r"""What a labelled pool says of tokens and features: moments, contrasts, margins.

Start at `estimated_moments`."""

from simulations.real.estimates._estimated_contrast import estimated_contrast
from simulations.real.estimates._estimated_margins import estimated_margins
from simulations.real.estimates._estimated_moments import estimated_moments
from simulations.real.estimates._rare_directions import directions_by_kurtosis

__all__ = ["directions_by_kurtosis", "estimated_contrast", "estimated_margins", "estimated_moments"]
