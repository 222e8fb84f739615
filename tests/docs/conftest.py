r"""The pages are built once for all tests of this folder, as a reader builds them."""

import fcntl
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("furo", "matplotlib", "myst-nb", "sphinx", "sphinx-mathjax-offline", "sphinxcontrib-bibtex")


def _missing() -> list[str]:
    missing = []
    for name in NEEDED:
        try:
            distribution(name)
        except PackageNotFoundError:
            missing.append(name)
    return missing


@pytest.fixture(scope="session")
def docs_extra() -> None:
    r"""Skips what needs the packages of the docs extra, where they are not installed."""
    if missing := _missing():
        pytest.skip(f'{", ".join(missing)} not installed: pip install -e ".[docs]" installs the docs extra')


@pytest.fixture(scope="session")
def docs_module(docs_extra: None) -> Callable[[str], ModuleType]:
    r"""A Python file of docs/, imported by name."""

    def module(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded

    return module


@pytest.fixture(scope="session")
def pages(docs_extra: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    r"""The folder of the built pages; warnings are errors. Processes build in turn: they share a cache of executed cells."""
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-b", "html", "-d", f"{folder}/tree"]
    with (ROOT / "docs" / "conf.py").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        done = subprocess.run(
            [*command, f"{ROOT}/docs", f"{folder}/html"], capture_output=True, encoding="utf-8", timeout=600, check=False
        )
    assert done.returncode == 0, f"the pages do not build:\n{done.stdout[-2000:]}\n{done.stderr[-8000:]}"
    return folder / "html"
