r"""Settings of the whole suite."""

import pytest
from hypothesis import settings

from simulations.agreement import user_settings
from theory.model import known_prompt

# No deadline: a test is never judged by the time it takes. Derandomised: the same commit gives the same run.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    r"""A bad settings file ends the run at once, in one line."""
    user_settings(config, lambda row: known_prompt(**row))
