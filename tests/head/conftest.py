r"""Settings of the head claims: the project's grid, and the user's own from `--settings FILE`."""

import pytest

from simulations.agreement import user_settings
from theory.model import KnownPrompt, known_prompt


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "own_setting" in metafunc.fixturenames:
        settings: list[KnownPrompt] = user_settings(metafunc.config, lambda row: known_prompt(**row))
        metafunc.parametrize("own_setting", settings, ids=[f"setting-{i + 1}" for i in range(len(settings))])
