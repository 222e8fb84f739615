r"""One false-alarm budget for a whole run, shared in a way that does not depend on which tests run."""

from __future__ import annotations

from dataclasses import dataclass

from simulations.agreement._errors import AgreementError

__all__ = ["CAPACITY", "FALSE_ALARM", "Budget"]

FALSE_ALARM = 1e-6
r"""Probability that a run makes even one wrong statement."""

CAPACITY = 1000
r"""Rows that share it."""


@dataclass(frozen=True)
class Budget:
    r"""False-alarm budget α of a run, divided into equal shares, one for each row.

    .. math:: \alpha_\text{row} = \alpha / C

    The capacity C is a round number that the suite declares (option `agreement_capacity`), not the number
    of tests that happen to run: a row's error rate, draws and digits are then the same in a full run, in a run
    of one file, under ``-k`` and on any number of processes. A suite that collects more than C claims
    gets the smallest capacity 10^j C that holds them all. By the union bound, the probability of even one
    wrong *agrees* or *disagrees* in the whole run is at most (rows judged)·α/C (docs/agreement.md, eq-agreement-budget).

    Parameters
    ----------
    false_alarm
        α in (0, 1).
    capacity
        C >= 1.

    Raises
    ------
    AgreementError
        If one is outside its domain.

    Examples
    --------
    >>> Budget(1e-6, 1000).share <= 1.0000001e-9
    True
    """

    false_alarm: float = FALSE_ALARM
    capacity: int = CAPACITY

    def __post_init__(self) -> None:
        if not 0.0 < self.false_alarm < 1.0:
            raise AgreementError(f"false-alarm budget must lie in (0, 1), got {self.false_alarm}")
        if self.capacity < 1:
            raise AgreementError(f"agreement_capacity must be an integer >= 1, got {self.capacity}")

    @property
    def share(self) -> float:
        r"""False-alarm rate of one row."""
        return self.false_alarm / self.capacity

    def spent(self, rows: int) -> float:
        r"""Bound on the probability that any of so many rows is wrong."""
        return rows * self.share

    def holding(self, claims: int) -> Budget:
        r"""The budget with room for at least so many claims.

        Examples
        --------
        >>> Budget(1e-6, 1000).holding(1204).capacity
        10000
        """
        capacity = self.capacity
        while capacity < claims:
            capacity *= 10
        return Budget(self.false_alarm, capacity)
