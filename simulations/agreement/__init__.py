r"""Does a simulated mean agree with a predicted number? Verdicts with stated error rates."""

from simulations.agreement.assumptions import Assumption, Asymptotic, Bounded, FiniteVariance, Probability, SubGaussian
from simulations.agreement.design import half_width, required_draws, smallest_detectable
from simulations.agreement.errors import AgreementError, DesignError
from simulations.agreement.judge import judge
from simulations.agreement.margins import Absolute, Margin, Relative
from simulations.agreement.sampling import Sampler
from simulations.agreement.verdict import Decision, Verdict

__all__ = [
    "Absolute",
    "AgreementError",
    "Assumption",
    "Asymptotic",
    "Bounded",
    "Decision",
    "DesignError",
    "FiniteVariance",
    "Margin",
    "Probability",
    "Relative",
    "Sampler",
    "SubGaussian",
    "Verdict",
    "half_width",
    "judge",
    "required_draws",
    "smallest_detectable",
]
