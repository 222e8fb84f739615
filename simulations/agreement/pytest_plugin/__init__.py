r"""The pytest plugin: the fixture `agree`, its options, the tables of a run and its closing lines.

Start with `Agree`, which is what a test sees; pytest finds the hooks here by their names.
"""

from simulations.agreement.pytest_plugin._agree import Agree, agree
from simulations.agreement.pytest_plugin._hooks import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_configure_node,
    pytest_report_header,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from simulations.agreement.pytest_plugin._options import pytest_addoption
from simulations.agreement.pytest_plugin._settings import SETTINGS_ERROR, SettingsError, settings_from, user_settings

__all__ = [
    "SETTINGS_ERROR",
    "Agree",
    "SettingsError",
    "agree",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_report_header",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "settings_from",
    "user_settings",
]
