r"""The verdict: does a simulated mean, or a simulated law, agree with a predicted one? And an estimate where none is predicted.

Start with `judge`: it states a `Claim`, lets a court hear blocks of draws until they settle it, and returns a `Verdict`.
"""

from simulations.agreement.judgement._characteristic import characteristic_draws, characteristic_values
from simulations.agreement.judgement._claim import Claim, stated_claim
from simulations.agreement.judgement._estimation import Estimate, estimate
from simulations.agreement.judgement._law import judge_distribution
from simulations.agreement.judgement._mean import judge
from simulations.agreement.judgement._refusal import Refusal
from simulations.agreement.judgement._run import BUDGETS, QUICK, ROOT_SEED, Plan, Rates, Run
from simulations.agreement.judgement._verdict import Decision, Verdict, shown

__all__ = [
    "BUDGETS",
    "QUICK",
    "ROOT_SEED",
    "Claim",
    "Decision",
    "Estimate",
    "Plan",
    "Rates",
    "Refusal",
    "Run",
    "Verdict",
    "characteristic_draws",
    "characteristic_values",
    "estimate",
    "judge",
    "judge_distribution",
    "shown",
    "stated_claim",
]
