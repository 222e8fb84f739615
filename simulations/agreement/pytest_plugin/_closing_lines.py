r"""The closing lines of a run: claims, verdicts, budget used, weakest row, refusals, and what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from simulations.agreement.design import Budget
from simulations.agreement.judgement import Decision, Verdict, shown
from simulations.agreement.pytest_plugin._rows import Rows

__all__ = ["closing_lines", "failures"]

_WORDS: dict[Decision, str] = {"agrees": "agree", "disagrees": "disagree", "undecided": "undecided"}


def closing_lines(rows: Rows, budget: Budget, seed: int) -> list[str]:
    r"""One line on what was judged, one for each row that was refused, one for each failure; none if there are no rows.

    Parameters
    ----------
    rows
        Of the run.
    budget
        Of the run.
    seed
        Root seed of the run.
    """
    judged, refused = rows.judged, rows.refused
    lines = [_judged(judged, len(refused), budget, seed)] if judged else []
    lines += [f"agreement: {row.sentence()}" for row in refused]
    return [*lines, *(f"agreement: FAILED, {failure}" for failure in failures(rows, budget))]


def failures(rows: Rows, budget: Budget) -> list[str]:
    r"""What is wrong with the rows as a whole: one stated twice, more of them than shares of the budget."""
    found, count = [f"row stated twice: {name}" for name in rows.repeated], len(rows.judged)
    if count > budget.capacity:
        found.append(f"raise agreement_capacity ({budget.capacity}) to at least {count}")
    return found


def _judged(every: Sequence[Verdict], refused: int, budget: Budget, seed: int) -> str:
    count = Counter(row.verdict for row in every)
    unarmed = sum(row.armed is False for row in every)
    asymptotic = sum("ASYMPTOTIC" in row.method for row in every)
    weakest = max(every, key=lambda row: row.relative_caught or 0.0)
    parts = [f"{count[kind]} {word}" for kind, word in _WORDS.items() if count[kind] or kind == "agrees"]
    parts += [f"{unarmed} not armed"] if unarmed else []
    parts += [f"{asymptotic} asymptotic only"] if asymptotic else []
    parts += [f"{refused} more refused"] if refused else []
    caught = f", would catch {100 * weakest.relative_caught:.2g}%" if weakest.relative_caught else ""
    return (
        f"agreement: {len({row.claim for row in every})} claims, {len(every)} rows: {', '.join(parts)}; false-alarm budget "
        f"used {budget.spent(len(every)):.2g} of {budget.false_alarm:.2g}; weakest row "
        f"{weakest.claim} [{shown(weakest.setting)}]{caught}; root seed {seed}"
    )
