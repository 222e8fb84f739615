r"""Rows of a run, collected from the test reports in whichever process they were made."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from simulations.agreement.design import Budget
from simulations.agreement.judgement import Decision, Verdict
from simulations.agreement.tables import ordered, write_tables
from simulations.engine import canonical

__all__ = ["PROPERTY", "Rows", "decoded", "encoded"]

PROPERTY = "agreement"
"""Name of the report property that carries a row."""


def encoded(verdict: Verdict) -> str:
    """A verdict as JSON; floats survive exactly."""
    return json.dumps(verdict.record())


def decoded(text: str) -> Verdict:
    """The verdict that `encoded` wrote."""
    return Verdict(**json.loads(text))


class Rows:
    r"""Rows of a run by claim; with a directory, its tables are rewritten after each row.

    Parameters
    ----------
    directory : Path, optional
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory
        self.rows: dict[str, list[Verdict]] = {}
        self.repeated: list[str] = []

    def add(self, row: Verdict) -> None:
        """Add a row and bring its table up to date."""
        rows = self.rows.setdefault(row.claim, [])
        if any(canonical(row.setting) == canonical(other.setting) for other in rows):
            self.repeated.append(f"{row.claim} {canonical(row.setting)}")
            return
        rows.append(row)
        if self.directory is not None:
            write_tables(self.directory, row.claim, rows)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the rows out of the report of a test."""
        if report.when == "call":
            for name, value in report.user_properties:
                if name == PROPERTY:
                    self.add(decoded(str(value)))

    @property
    def count(self) -> int:
        """Number of rows."""
        return sum(len(rows) for rows in self.rows.values())

    def closing_lines(self, budget: Budget, root_seed: int) -> list[str]:
        r"""Claims, verdicts, budget used, weakest row, and what went wrong with them; none if nothing was judged."""
        every = [row for claim in sorted(self.rows) for row in ordered(self.rows[claim])]
        if not every:
            return []
        count = Counter(row.verdict for row in every)
        unarmed = sum(row.armed is False for row in every)
        asymptotic = sum("ASYMPTOTIC" in row.method for row in every)
        weakest = max(every, key=lambda row: row.relative_caught or 0.0)
        parts = [f"{count[kind]} {word}" for kind, word in _WORDS.items() if count[kind] or kind == "agrees"]
        parts += [f"{unarmed} not armed"] if unarmed else []
        parts += [f"{asymptotic} asymptotic only"] if asymptotic else []
        caught = f", would catch {100 * weakest.relative_caught:.2g}%" if weakest.relative_caught else ""
        setting = ", ".join(f"{name}={value}" for name, value in weakest.setting.items())
        line = (
            f"agreement: {len(self.rows)} claims, {len(every)} rows: {', '.join(parts)}; false-alarm budget used "
            f"{budget.spent(len(every)):.2g} of {budget.false_alarm:.2g}; weakest row "
            f"{weakest.claim} [{setting}]{caught}; root seed {root_seed}"
        )
        lines = [line, *(f"agreement: FAILED, row stated twice: {name}" for name in self.repeated)]
        if len(every) > budget.capacity:
            lines.append(f"agreement: FAILED, raise agreement_capacity ({budget.capacity}) to at least {len(every)}")
        return lines


_WORDS: dict[Decision, str] = {"agrees": "agree", "disagrees": "disagree", "undecided": "undecided"}
