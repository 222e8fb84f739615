r"""A row that theory refuses: no number is predicted, so nothing is judged, and the table says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from simulations.agreement.judgement._verdict import shown

__all__ = ["Refusal"]


@dataclass(frozen=True)
class Refusal:
    r"""A setting at which a claim predicts nothing. It neither agrees nor spends false alarm.

    Parameters
    ----------
    claim, setting
        Name of the table and the row's own columns.
    why
        The reason, in one line.
    verdict
        "refused".

    Examples
    --------
    >>> Refusal("risk", {"n": 3}, "n must exceed d + 1 = 6, got 3").sentence()
    'risk [n=3]: refused: n must exceed d + 1 = 6, got 3'
    """

    claim: str
    setting: Mapping[str, object]
    why: str
    verdict: Literal["refused"] = "refused"

    def sentence(self) -> str:
        r"""One line that says what was refused, and why."""
        return f"{self.claim} [{shown(self.setting)}]: {self.verdict}: {self.why}"

    def record(self) -> dict[str, Any]:
        r"""Plain dictionary that `Refusal(**record)` turns back into the row."""
        return asdict(self) | {"setting": dict(self.setting)}
