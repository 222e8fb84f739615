r"""A LaTeX tabular of plain cells: symbols in math mode, letters that every engine has, a note no wider than the table."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["latex_tabular"]

_NUMERIC = re.compile(r"[\[\]\-+.,%0-9e ]*\d[\[\]\-+.,%0-9e ]*|-?inf")
_SUBSCRIPTED = re.compile(r"[A-Za-z]_[A-Za-z0-9]")
_GREEK = dict(
    zip(
        "αβγδεζηθκλμνξπϱρστφχψωΓΔΘΛΞΠΣΦΨΩ",
        (
            *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi"),
            *("pi", "varrho", "rho", "sigma", "tau", "varphi", "chi", "psi", "omega"),
            *("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega"),
        ),
        strict=True,
    )
)
_NAMES = frozenset((*_GREEK.values(), "phi"))
_SIGNS = {
    "∞": r"\infty",
    "→": r"\to",
    "≤": r"\le",
    "≥": r"\ge",
    "×": r"\times",
    "−": "-",
    "²": "^2",
    "<": "<",
    ">": ">",
    "|": "|",  # the text fonts that LaTeX takes by itself have other letters in their places
}
_NOTE_SIZE = 0.8  # of \footnotesize, relative to the text
_GAP = 2  # characters between two columns


def latex_tabular(header: Sequence[str], body: Sequence[Sequence[str]], shared: Sequence[tuple[str, str]] = ()) -> str:
    r"""A tabular with rules of the package booktabs; what all rows share is said once, below it.

    Parameters
    ----------
    header, body
        Cells as plain text; a name of one letter, or of a Greek one, is a symbol.
    shared
        Names and values for the note.

    Examples
    --------
    >>> print(latex_tabular(["ρ", "of"], [["-0.3", ""], ["inf", "A_1"]], [("c_q", "1e-09")]), end="")
    \begin{tabular}{rl}
    \toprule
    $\rho$ & of \\
    \midrule
    $-0.3$ &  \\
    $\infty$ & A\_1 \\
    \bottomrule
    \multicolumn{2}{@{}l@{}}{\footnotesize In all rows:} \\
    \multicolumn{2}{@{}l@{}}{\footnotesize $c_q$: $10^{-9}$.} \\
    \end{tabular}
    """
    width = sum(max(len(line[k]) for line in (header, *body)) + _GAP for k in range(len(header)))
    notes = _lines([(f"{name}: {value}", f"{_symbol(name)}: {_escaped(value)}") for name, value in shared], width / _NOTE_SIZE)
    return (
        "\n".join(
            [
                rf"\begin{{tabular}}{{{''.join(map(_alignment, zip(*body, strict=True)))}}}",
                r"\toprule",
                " & ".join(map(_symbol, header)) + r" \\",
                r"\midrule",
                *(" & ".join(map(_escaped, line)) + r" \\" for line in body),
                r"\bottomrule",
                *(rf"\multicolumn{{{len(header)}}}{{@{{}}l@{{}}}}{{\footnotesize {note}}} \\" for note in notes),
                r"\end{tabular}",
            ]
        )
        + "\n"
    )


def _lines(items: Sequence[tuple[str, str]], width: float) -> list[str]:
    r"""The note, broken between items (as they are read, and as they are written) into lines of so many characters."""
    lines, length = ["In all rows:"], len("In all rows:")
    for number, (read, written) in enumerate(items):
        written += "." if number == len(items) - 1 else ";"
        length += len(read) + 2
        if length > width:
            lines.append(written)
            length = len(read)
        else:
            lines[-1] += f" {written}"
    return lines if items else []


def _alignment(cells: Sequence[str]) -> str:
    return "r" if all(_NUMERIC.fullmatch(cell) for cell in cells if cell not in ("", "—")) else "l"


def _symbol(name: str) -> str:
    if name in _NAMES:
        return rf"$\{name}$"
    if (len(name) == 1 and name.isascii()) or _SUBSCRIPTED.fullmatch(name):
        return f"${name}$"
    return _escaped(name)


def _escaped(text: str) -> str:
    if _NUMERIC.fullmatch(text):
        shown = re.sub(r"e([+-])0*(\d+)", lambda m: rf" \cdot 10^{{{m[1].replace('+', '')}{m[2]}}}", text)
        shown = re.sub(r"(?<![\d.])1 \\cdot ", "", shown)
        return f"${shown.replace('%', chr(92) + '%').replace('inf', chr(92) + 'infty')}$"
    return "".join(map(_character, text))


def _character(letter: str) -> str:
    if letter in _GREEK:
        return rf"$\{_GREEK[letter]}$"
    if letter in _SIGNS:
        return f"${_SIGNS[letter]}$"
    return {"—": "---", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}.get(
        letter, f"\\{letter}" if letter in "&%$#_{}" else letter
    )
