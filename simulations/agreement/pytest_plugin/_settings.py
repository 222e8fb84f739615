r"""A user's own settings: rows of a TOML or CSV file that tests add to their grid."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

__all__ = ["SETTINGS_ERROR", "SettingsError", "settings_from", "user_settings"]

SETTINGS_ERROR = pytest.StashKey[str]()
r"""What is wrong with the settings file: the plugin ends the run with it after collection."""

Value = str | int | float | bool
T = TypeVar("T")


class SettingsError(ValueError):
    r"""A settings file that cannot be read; the message is one line naming file, row and column."""


def settings_from(path: Path) -> list[dict[str, Value]]:
    r"""Settings of a file: TOML with tables ``[[setting]]``, or CSV with a header row; either may begin with a byte-order mark.

    Values are int, float (``inf`` allowed), bool or str; rows are numbered from 1 in messages.

    Parameters
    ----------
    path
        Name ends in .toml or .csv.

    Raises
    ------
    SettingsError
        If the file is missing, malformed, empty, or holds an empty cell, NaN or a nested value.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mine.csv"
    >>> _ = path.write_text("T,tau,n\n64,0.5,inf\n")
    >>> settings_from(path)
    [{'T': 64, 'tau': 0.5, 'n': inf}]
    """
    if not path.is_file():
        raise SettingsError(f"{path}: no such settings file")
    rows = {".toml": _toml_rows, ".csv": _csv_rows}.get(path.suffix.lower())
    if rows is None:
        raise SettingsError(f"{path}: a settings file is named *.toml or *.csv")
    settings = rows(path)
    if not settings:
        raise SettingsError(f"{path}: holds no settings")
    for number, setting in enumerate(settings, start=1):
        for column, value in setting.items():
            if isinstance(value, float) and math.isnan(value):
                raise SettingsError(f"{path}: row {number}, column {column}: must be a number, got nan")
    return settings


def user_settings(config: pytest.Config, parse: Callable[[dict[str, Value]], T]) -> list[T]:
    r"""Settings of the option ``--settings FILE``, each turned into what a test needs; empty without the option.

    For parametrisation in ``pytest_generate_tests``. A `parse` that raises ValueError or TypeError ends
    the run before the first test with exit code 2 and one line: file, row, and its message, which
    should name the column.

    Parameters
    ----------
    config
        Of pytest.
    parse
        Function of a dict of the row's columns.
    """
    option = config.getoption("--settings")
    if option is None:
        return []
    path = Path(option)
    try:
        return [_parsed(path, number, row, parse) for number, row in enumerate(settings_from(path), start=1)]
    except SettingsError as error:
        config.stash[SETTINGS_ERROR] = str(error)
        return []


def _parsed(path: Path, number: int, row: dict[str, Value], parse: Callable[[dict[str, Value]], T]) -> T:
    try:
        return parse(row)
    except KeyError as error:
        raise SettingsError(f"{path}: row {number}: column {error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{path}: row {number}: {error}") from None


def _toml_rows(path: Path) -> list[dict[str, Value]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    unknown = [name for name in document if name != "setting"]
    rows = document.get("setting", [])
    if unknown or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SettingsError(f"{path}: holds {', '.join(unknown) or 'setting'}; only tables [[setting]] are read")
    for number, row in enumerate(rows, start=1):
        for column, value in row.items():
            if not isinstance(value, (str, int, float, bool)):
                raise SettingsError(f"{path}: row {number}, column {column}: must be a plain value, got {value!r}")
    return rows


def _csv_rows(path: Path) -> list[dict[str, Value]]:
    try:
        lines = [line for line in csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True) if line]
    except (csv.Error, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid CSV: {error}") from None
    if not lines:
        return []
    header = [name.strip() for name in lines[0]]
    repeated = sorted({name for name in header if header.count(name) > 1 or not name})
    if repeated:
        raise SettingsError(f"{path}: header: column {repeated[0]!r} is empty or appears twice")
    rows: list[dict[str, Value]] = []
    for number, line in enumerate(lines[1:], start=1):
        if len(line) != len(header):
            raise SettingsError(f"{path}: row {number}: has {len(line)} columns, the header has {len(header)}")
        for name, cell in zip(header, line, strict=True):
            if not cell.strip():
                raise SettingsError(f"{path}: row {number}, column {name}: is empty")
        rows.append({name: _value(cell.strip()) for name, cell in zip(header, line, strict=True)})
    return rows


def _value(cell: str) -> Value:
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
