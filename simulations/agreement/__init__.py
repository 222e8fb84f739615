r"""Does a simulated mean agree with a predicted number? Verdicts with stated error rates, for any theorem.

Start with `judge` (in a test: the fixture `agree` of the plugin), or with `estimate` where nothing is predicted.
"""

from simulations.agreement._errors import AgreementError, DesignError
from simulations.agreement.assumptions import Assumption, Asymptotic, Bounded, FiniteVariance, Probability, SubGaussian
from simulations.agreement.design import (
    Absolute,
    Margin,
    Relative,
    half_width,
    required_draws,
    smallest_detectable,
)
from simulations.agreement.judgement import (
    Decision,
    Estimate,
    Plan,
    Rates,
    Refusal,
    Run,
    Verdict,
    characteristic_draws,
    characteristic_values,
    estimate,
    judge,
    judge_distribution,
)
from simulations.agreement.pytest_plugin import SettingsError, settings_from, user_settings
from simulations.agreement.samplers import (
    Sampler,
    antithetic,
    conditional,
    control_variate,
    covariance_draws,
    difference,
    trial_blocks,
)

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
    "Plan",
    "Probability",
    "Rates",
    "Refusal",
    "Relative",
    "Run",
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
