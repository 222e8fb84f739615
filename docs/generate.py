r"""Written anew at the start of every build: list of chapters, commands of the README, parameter table, API pages."""

import importlib
import os
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from sphinx.application import Sphinx
from sphinx.util import logging

from theory.model import PARAMETERS

__all__ = ["api_pages", "chapters", "parameter_table", "readme_commands", "setup"]

_logger = logging.getLogger(__name__)

READING_ORDER = (
    "model",
    "head",
    "head_any_prompt",
    "head_convex",
    "context",
    "trajectory",
    "expressivity",
    "real",
    "real_prediction",
    "agreement",
)
COMMANDS = ("<!-- commands -->", "<!-- /commands -->")


def chapters(names: Iterable[str]) -> str:
    r"""The table of contents: the chapters that exist, in reading order, then any others by name."""
    known = {name: place for place, name in enumerate(READING_ORDER)}
    ordered = sorted(set(names) - {"index"}, key=lambda name: (known.get(name, len(known)), name))
    return "\n".join(("```{toctree}", ":caption: Chapters", ":numbered: 2", ":maxdepth: 1", "", *ordered, "```", ""))


def readme_commands(readme: str) -> str:
    r"""The commands as the README states them, between its two `commands` comments."""
    start, _, rest = readme.partition(COMMANDS[0])
    text, end, _ = rest.partition(COMMANDS[1])
    return text.strip() + "\n" if start != readme and end else "The commands stand at the top of `README.md`.\n"


def parameter_table() -> str:
    r"""The parameters as a Markdown table, from their declarations.

    >>> parameter_table().splitlines()[2]
    '| $T$ | `n_tokens` | tokens per sample | an integer in [1, inf) |  |'
    """
    rows = ["| Symbol | Name | Meaning | Domain | Default |", "| :-- | :-- | :-- | :-- | :-- |"]
    for name, declared in PARAMETERS.items():
        default = "" if declared.default is None else f"{declared.default}"
        meaning = declared.meaning.replace("*", r"\*")
        cells = (f"${declared.latex}$", f"`{name}`", meaning, f"{declared.domain}", default)
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def api_pages(*packages: str) -> dict[str, str]:
    r"""One page for each module of the packages that states its public names in `__all__`, by name of the module.

    A package that re-exports its names gets one list of them; one that does not gets a section for each of its modules.
    """
    pages = {}
    for package in packages:
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            try:
                documented = list(_documented(importlib.import_module(found.name)))
            except Exception as error:  # whatever a module raises: its page is left out, and the build says so
                _logger.warning("%s cannot be imported: %s", found.name, error)
                continue
            sections = (
                (f"## `{name}`\n\n" if name != found.name else "")
                + f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```\n"
                for name in documented
            )
            if documented:
                pages[found.name] = "\n".join((f"# `{found.name}`\n", *sections))
    return pages


def setup(app: Sphinx) -> dict[str, bool]:
    r"""Sphinx calls this: the pages are written once the builder is there, before the sources are listed."""
    app.add_config_value("seen_by_ticks", "", "env", str)
    app.connect("builder-inited", _write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write_pages(app: Sphinx) -> None:
    source = Path(app.srcdir)
    readme = source.parent / "README.md"
    pages = {
        "fragments/chapters.md": chapters(path.stem for path in source.glob("*.md")),
        "fragments/commands.md": readme_commands(readme.read_text(encoding="utf-8") if readme.exists() else ""),
        "fragments/parameters.md": parameter_table(),
    }
    pages |= {f"api/{name}.md": text for name, text in api_pages("theory", "simulations").items()}
    folder = source / "_generated"
    for path in set(folder.glob("*/*.md")) - {folder / name for name in pages}:
        path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(path)  # at once: another build may be reading


def _documented(module: ModuleType) -> Iterator[str]:
    if hasattr(module, "__all__"):
        yield module.__name__
        return
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), module.__name__ + "."):
        if not found.name.rpartition(".")[2].startswith("_") and hasattr(importlib.import_module(found.name), "__all__"):
            yield found.name
