r"""The verdict: does a simulated mean, or a simulated law, agree with a predicted one? And an estimate where none is predicted.

Start with `judge`: it states a `Claim`, lets a court hear blocks of draws until they settle it, and returns a `Verdict`.
"""

from simulations.agreement.judgement._claim import Claim, stated_claim
from simulations.agreement.judgement._estimation import Estimate, estimate
from simulations.agreement.judgement._law import characteristic_draws, characteristic_values, judge_distribution
from simulations.agreement.judgement._mean import BUDGETS, ROOT_SEED, judge
from simulations.agreement.judgement._verdict import Decision, Verdict

__all__ = [
    "BUDGETS",
    "ROOT_SEED",
    "Claim",
    "Decision",
    "Estimate",
    "Verdict",
    "characteristic_draws",
    "characteristic_values",
    "estimate",
    "judge",
    "judge_distribution",
    "stated_claim",
]
