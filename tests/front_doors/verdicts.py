r"""A verdict on any declared quantity: what theory predicts against draws, one row for each number."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from simulations.interface import Draws
from theory.interface import Question
from theory.model import ParameterError, Prediction, resolved

__all__ = ["judge_question"]

Compared = Mapping[str, tuple[Any, Draws]]

_ARMED = 2.2  # margins that a wrong variant must be away for a claim at this margin to promise its rejection


def judge_question(agree, claim: str, question: Question) -> None:
    r"""State every number of a quantity at one setting; a setting that theory refuses is a row that says why.

    All numbers are judged before the test fails for one of them. The wrong variants: one relevant token more, and one less.
    """
    try:
        predicted = question.quantity.predicted(**question.values)
    except (ParameterError, ArithmeticError) as refusal:
        agree.refused(claim, setting=question.row, why=" ".join(str(refusal).split()))
        return
    failures = []
    for key, (prediction, draws) in compared(question, predicted).items():
        try:
            agree(
                claim,
                setting={**question.row, "number": key},
                predicted=prediction,
                sampler=draws.sampler,
                bounds=draws.bounds,
                margin=question.quantity.margin,
                wrong_variants=dict(variants(question, key, prediction)),
            )
        except pytest.fail.Exception as failure:
            failures.append(str(failure))
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)


def compared(question: Question, predicted: Any) -> Compared:
    r"""Predicted means and draws of them, by name."""
    quantity = question.quantity
    if quantity.checks is not None:
        checks: Compared = resolved(quantity.checks)(predicted, **question.arguments)
        return checks
    numbers = {"value": predicted} if isinstance(predicted, Prediction) else predicted
    draws = resolved(quantity.draws)(**question.arguments)
    return {key: (numbers[key], one) for key, one in draws.items() if isinstance(one, Draws) and key in numbers}


def variants(question: Question, key: str, prediction: Any) -> Iterator[tuple[str, float]]:
    r"""The number at another count of relevant tokens, where the margin tells it apart."""
    value = float(getattr(prediction, "value", prediction))
    for name, change in (("m + 1", 1), ("m - 1", -1)):
        other = Question(question.quantity, {**question.values, "n_relevant": question.values["n_relevant"] + change})
        try:
            number = compared(other, other.quantity.predicted(**other.values))[key][0]
        except (ParameterError, ArithmeticError, KeyError):  # no such setting, or a number that has another name there
            continue
        wrong = float(getattr(number, "value", number))
        if abs(wrong - value) > _ARMED * question.quantity.margin * abs(value):
            yield name, wrong
