r"""A verdict: one row of a table, with everything that is needed to judge the judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Decision", "Verdict", "shown"]

Decision = Literal["agrees", "disagrees", "undecided"]


@dataclass(frozen=True)
class Verdict:
    r"""Outcome of one claim at one setting.

    Parameters
    ----------
    claim, setting
        Name of the table and the row's own columns.
    verdict
        "agrees", "disagrees" or "undecided".
    predicted, abs_error
        Predicted number and the bound on its numerical error.
    simulated, low, high
        Mean of the draws and confidence interval (of the component that fits worst).
    deviation, caught
        simulated − predicted, and the smallest deviation that this many draws would have rejected with probability
        >= 1 − miss_rate.
    relative_deviation, relative_caught
        The same, divided by the prediction's size; None if that is 0.
    margin
        Half-width of the equivalence margin, absolute.
    draws, planned
        Draws used, and draws by which a true prediction is expected to agree with probability >= 1 − miss_rate.
    false_alarm, miss_rate
        Stated error rates of this row.
    method
        Assumption and confidence sequence; "ASYMPTOTIC" where the rates hold only in a limit.
    formula
        Name of the predicted formula.
    component
        Index of the component that fits worst, "" for a scalar.
    variants
        For each wrong variant, whether the same draws rejected it.
    """

    claim: str
    setting: Mapping[str, object]
    verdict: Decision
    predicted: float
    abs_error: float
    simulated: float
    low: float
    high: float
    deviation: float
    caught: float
    relative_deviation: float | None
    relative_caught: float | None
    margin: float
    draws: int
    planned: int
    false_alarm: float
    miss_rate: float
    method: str
    formula: str = ""
    component: str = ""
    variants: Mapping[str, bool] = field(default_factory=dict)

    @property
    def armed(self) -> bool | None:
        r"""Whether every wrong variant was rejected by the same draws; None if the claim has none."""
        return all(self.variants.values()) if self.variants else None

    @property
    def passed(self) -> bool:
        r"""Whether a test of this claim is green: it agrees and none of its variants survived."""
        return self.verdict == "agrees" and self.armed is not False

    def sentence(self) -> str:
        r"""One line that says what was found and how sharply.

        Examples
        --------
        >>> Verdict("risk", {"n": 30}, "agrees", 0.2, 0.0, 0.2001, 0.199, 0.201, 1e-4, 2e-3, 5e-4, 0.01, 2e-3,
        ...         9000, 8500, 1e-9, 1e-3, "bounded, betting").sentence()
        'risk [n=30]: agrees; predicted 0.2, simulated 0.2001 in [0.199, 0.201], margin 0.002, 9000 draws'
        """
        where = f" at component {self.component}" if self.component else ""
        survivors = [name for name, rejected in self.variants.items() if not rejected]
        unarmed = f"; NOT ARMED: not rejected: {', '.join(survivors)}" if survivors else ""
        planned = f" (planned {self.planned})" if self.verdict == "undecided" else ""
        return (
            f"{self.claim} [{shown(self.setting)}]: {self.verdict}{where}; predicted {self.predicted:.6g}, simulated "
            f"{self.simulated:.6g} in [{self.low:.6g}, {self.high:.6g}], margin {self.margin:.3g}, "
            f"{self.draws} draws{planned}{unarmed}"
        )

    def record(self) -> dict[str, Any]:
        r"""Plain dictionary that `Verdict(**record)` turns back into the verdict."""
        record = asdict(self)
        record["setting"], record["variants"] = dict(self.setting), dict(self.variants)
        return record


def shown(setting: Mapping[str, object]) -> str:
    r"""A setting as it is read in a sentence.

    >>> shown({"n": 30, "head": "full"})
    'n=30, head=full'
    """
    return ", ".join(f"{name}={value}" for name, value in setting.items())
