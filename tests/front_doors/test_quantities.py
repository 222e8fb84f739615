r"""Verdicts on the settings of `--settings FILE`, and on the example of every quantity."""

import shlex

import pytest

from simulations.agreement import user_settings
from tests.front_doors.verdicts import judge_question
from theory.interface import QUANTITIES, Question, question_of


def example_of(name: str) -> Question:
    r"""The example that the help of a quantity shows."""
    words = shlex.split(QUANTITIES[name].example)
    options = {option.removeprefix("--"): value for option, value in zip(words[::2], words[1::2], strict=True)}
    return question_of({"quantity": name, **options})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    r"""The example of every quantity; beside it the rows of the user's file."""
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", list(QUANTITIES))
    if "question" in metafunc.fixturenames:
        own = user_settings(metafunc.config, question_of)
        ids = [f"{index} {question.quantity.name}" for index, question in enumerate(own, start=1)]
        metafunc.parametrize("question", own or [None], ids=ids or ["none given"])


def test_example_of_a_quantity(agree, example: str) -> None:
    judge_question(agree, "front-doors", example_of(example))


def test_own_settings(agree, question: Question | None) -> None:
    r"""Rows of their own, beside those of the suite and not over them."""
    if question is not None:
        judge_question(agree, f"own-{question.quantity.name}", question)
