r"""Draws from a user's sampler: checked before anything is concluded from them, and made fewer and sharper.

Start with `Sampler`, the signature; then `checked_draws` for what is refused, `conditional` for the best way to save draws.
"""

from simulations.agreement.samplers._checked_draws import Sampler, check_sampler, checked_draws
from simulations.agreement.samplers._reduction import (
    antithetic,
    conditional,
    control_variate,
    covariance_draws,
    difference,
    trial_blocks,
)

__all__ = [
    "Sampler",
    "antithetic",
    "check_sampler",
    "checked_draws",
    "conditional",
    "control_variate",
    "covariance_draws",
    "difference",
    "trial_blocks",
]
