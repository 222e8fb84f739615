r"""Settings of the whole suite."""

import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from simulations.agreement import user_settings
from theory.interface import question_of

threadpool_limits(1)  # of the libraries loaded by now: the workers share the cores, and products here are small

collect_ignore = ["benchmarks"]  # programs, run by hand: `python -m tests.benchmarks.NAME`

# No deadline: a test is never judged by the time it takes. Derandomised: the same commit gives the same run.
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("thorough", deadline=None, derandomize=True)
settings.load_profile("quick")


@pytest.hookimpl(trylast=True)  # an outsider's plugin has declared its quantities by then
def pytest_configure(config: pytest.Config) -> None:
    r"""More examples with more effort. A bad settings file ends the run at once, in one line."""
    settings.load_profile("quick" if config.getoption("--effort") == "quick" else "thorough")
    user_settings(config, question_of)


def pytest_make_parametrize_id(val: object) -> str | None:
    r"""Bytes are named by their number: a packed file holds its time, and two workers must collect the same names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
