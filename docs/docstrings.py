r"""Docstrings as they are written, with the marks of mathematics in running text, made fit for reStructuredText."""

import re
from collections.abc import Iterable

from sphinx.application import Sphinx

__all__ = ["plain_marks", "setup"]

# words in stars are emphasis and stay; a lone star, a bar, and the underscore of q_* are marks
_MARK = re.compile(r"(?<![\w\\*])(\*{1,2})[\w -]*\w\1(?![\w*])|(?<!\\)[*|]|(?<=\w)_(?!\w)")


def plain_marks(lines: Iterable[str]) -> list[str]:
    r"""The lines of a docstring in which |x|, q* and q_* stay as written.

    reStructuredText would take the bars for a substitution, a lone star for the start of emphasis and a last underscore
    for a link. Displayed mathematics, names in backticks and examples stay as they are.

    >>> print(*plain_marks(["the norm |w*| of an *offset*, `a | b`"]))
    the norm \|w\*\| of an *offset*, `a | b`
    """
    plain, literal, example = [], -1, False
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip()) if text else literal + 1
        literal = -1 if indent <= literal else literal
        example = text.startswith(">>>") or (example and bool(text))
        directive = text.startswith((".. math::", ".. code"))
        if literal >= 0 or example or directive:
            plain.append(line)
        else:
            pieces = line.split("`")
            pieces[::2] = [_MARK.sub(_escaped, piece) for piece in pieces[::2]]
            plain.append("`".join(pieces))
        if literal < 0 and (directive or (text.endswith("::") and not text.startswith(".."))):
            literal = indent
    return plain


def setup(app: Sphinx) -> dict[str, bool]:
    r"""Sphinx calls this."""
    app.connect("autodoc-process-docstring", _keep_marks, priority=100)  # before napoleon writes marks of its own
    app.connect("autodoc-process-docstring", _rejoin_summary, priority=900)  # after it
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found[0] if len(found[0]) == 1 else found[0]


def _keep_marks(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    lines[:] = plain_marks(lines)


def _rejoin_summary(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    taken = next((place for place, line in enumerate(lines) if line.startswith(":type: ")), None)
    if taken is not None and what in ("attribute", "data", "property"):
        # napoleon took the words before a colon in the summary for a type; here types are annotations
        lines[:] = [lines[taken].removeprefix(":type: ") + ": " + lines[0], *lines[1:taken]]
