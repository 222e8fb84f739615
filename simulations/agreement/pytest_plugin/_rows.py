r"""Rows of a run, collected from the test reports in whichever process they were made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulations.agreement.judgement import Refusal, Verdict
from simulations.agreement.tables import Row, ordered, write_tables
from simulations.engine import canonical

__all__ = ["PROPERTY", "Rows", "decoded", "encoded"]

PROPERTY = "agreement"
r"""Name of the report property that carries a row."""


def encoded(row: Row) -> str:
    r"""A row as JSON; floats survive exactly."""
    return json.dumps(row.record())


def decoded(text: str) -> Row:
    r"""The row that `encoded` wrote."""
    record = json.loads(text)
    return Refusal(**record) if record["verdict"] == "refused" else Verdict(**record)


class Rows:
    r"""Rows of a run by claim; with a directory, its tables are rewritten after each row.

    Parameters
    ----------
    directory
        Where tables are written, if anywhere.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory
        self.rows: dict[str, list[Row]] = {}
        self.repeated: list[str] = []

    def __iter__(self) -> Iterator[Row]:
        for claim in sorted(self.rows):
            yield from ordered(self.rows[claim])

    def add(self, row: Row) -> None:
        r"""Add a row and bring its table up to date."""
        rows = self.rows.setdefault(row.claim, [])
        if any(canonical(row.setting) == canonical(other.setting) for other in rows):
            self.repeated.append(f"{row.claim} {canonical(row.setting)}")
            return
        rows.append(row)
        if self.directory is not None:
            write_tables(self.directory, row.claim, rows)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        r"""Take the rows out of the report of a test."""
        if report.when == "call":
            for name, value in report.user_properties:
                if name == PROPERTY:
                    self.add(decoded(str(value)))

    @property
    def judged(self) -> list[Verdict]:
        r"""The rows that a simulation judged."""
        return [row for row in self if isinstance(row, Verdict)]

    @property
    def refused(self) -> list[Refusal]:
        r"""The rows that theory refused."""
        return [row for row in self if isinstance(row, Refusal)]
