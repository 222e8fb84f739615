r"""Does a simulated mean agree with a predicted number? Verdicts with stated error rates."""

from simulations.agreement.assumptions import Assumption, Asymptotic, Bounded, FiniteVariance, Probability, SubGaussian
from simulations.agreement.design import half_width, required_draws, smallest_detectable
from simulations.agreement.distribution import characteristic_draws, characteristic_values, judge_distribution
from simulations.agreement.errors import AgreementError, DesignError
from simulations.agreement.estimation import Estimate, estimate
from simulations.agreement.judge import judge
from simulations.agreement.margins import Absolute, Margin, Relative
from simulations.agreement.reduction import (
    antithetic,
    conditional,
    control_variate,
    covariance_draws,
    difference,
    trial_blocks,
)
from simulations.agreement.sampling import Sampler
from simulations.agreement.settings import SettingsError, settings_from, user_settings
from simulations.agreement.verdict import Decision, Verdict

__all__ = [
    "Absolute",
    "AgreementError",
    "Assumption",
    "Asymptotic",
    "Bounded",
    "Decision",
    "DesignError",
    "Estimate",
    "FiniteVariance",
    "Margin",
    "Probability",
    "Relative",
    "Sampler",
    "SettingsError",
    "SubGaussian",
    "Verdict",
    "antithetic",
    "characteristic_draws",
    "characteristic_values",
    "conditional",
    "control_variate",
    "covariance_draws",
    "difference",
    "estimate",
    "half_width",
    "judge",
    "judge_distribution",
    "required_draws",
    "settings_from",
    "smallest_detectable",
    "trial_blocks",
    "user_settings",
]
