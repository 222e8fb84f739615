r"""A page and a figure of attention over the words of real sentences."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulations.real.sources import imported
from simulations.real.tasks import AttendedText

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AttendedSample", "attention_figure", "attention_html"]

_STYLE = """
body { font: 16px/1.7 Georgia, serif; max-width: 50em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 1.4em; } .sample { border-top: 1px solid #ccc; padding: .6em 0; }
.text { margin: .25em 0; padding-left: .7em; border-left: 4px solid #ddd; } .relevant { border-left-color: #D55E00; }
.word { padding: .1em 0; border-radius: 2px; }
.said { font: 13px sans-serif; color: #555; } .share { font: 12px sans-serif; color: #777; }
"""
_LINE = 98  # characters of a line of the figure
_COLOR = (0, 114, 178)


@dataclass(frozen=True)
class AttendedSample:
    r"""The texts of a sample with attention, and a line that says what the reader should know.

    Parameters
    ----------
    texts
        In the order in which the sample holds them.
    said
        For instance label and prediction.
    """

    texts: Sequence[AttendedText]
    said: str

    def shade(self) -> float:
        r"""The attention that is shown in full colour: that of the word with the most."""
        return max(float(text.weights.max()) for text in self.texts)


def attention_html(samples: Sequence[AttendedSample], title: str, legend: str) -> str:
    r"""A page of HTML that needs nothing else: words on a ground that is the deeper the more attention they get.

    Parameters
    ----------
    samples
        The samples.
    title, legend
        Heading, and the sentence below it.

    Examples
    --------
    >>> import numpy as np
    >>> text = AttendedText(("so", "<dull>"), np.array([0.25, 0.75]), True)
    >>> page = attention_html([AttendedSample([text], "label −1")], "Words", "Where attention goes.")
    >>> "&lt;dull&gt;" in page, "75.0 %" in page
    (True, True)
    """
    body = "\n".join(_sample_html(sample) for sample in samples)
    head = f"<meta charset='utf-8'><title>{html.escape(title)}</title><style>{_STYLE}</style>"
    return (
        f"<!doctype html><html lang='en'><head>{head}</head><body><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(legend)}</p>\n{body}\n</body></html>\n"
    )


def attention_figure(samples: Sequence[AttendedSample], title: str) -> "Figure":
    r"""The same as a figure of matplotlib, for PDF and for a paper.

    Raises
    ------
    MissingSourceError
        If matplotlib is not installed.
    """
    lines = [line for sample in samples for line in _lines(sample)]
    height, width = 0.17 * (len(lines) + 2), 0.0588 * (_LINE + 4)
    figure: Figure = imported("matplotlib.figure", "docs").Figure(figsize=(width, height), layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-2, _LINE + 2), ylim=(len(lines) + 1, -1))
    axes.axis("off")
    axes.text(0, -0.2, title, fontsize=9, weight="bold", va="center")
    for row, line in enumerate(lines, start=1):
        for column, text, shade, style in line:
            if shade:
                axes.add_patch(_rectangle(column, row, len(text), shade))
            axes.text(column, row, text, va="center", **style)
    return figure


_Line = list[tuple[float, str, float, dict[str, Any]]]


def _lines(sample: AttendedSample) -> list[_Line]:
    r"""The lines of a sample: what is said, and its texts broken between words. Entries are (column, text, shade, style)."""
    full, said = sample.shade(), {"fontsize": 6.5, "color": "0.35", "family": "sans-serif"}
    plain = {"fontsize": 7, "family": "monospace"}
    lines: list[_Line] = [[], [(0, sample.said, 0.0, said)]]
    for text in sample.texts:
        mark = {"fontsize": 7, "family": "monospace", "weight": "bold", "color": "#D55E00" if text.relevant else "0.7"}
        share = f"{100 * text.weights.sum():5.1f} %"
        line: _Line = [(0, "▌", 0.0, mark), (2, share, 0.0, said)]
        column = 11
        for word, weight in zip(text.words, text.weights, strict=True):
            if column + len(word) > _LINE:
                lines.append(line)
                line, column = [(0, "▌", 0.0, mark)], 11
            line.append((column, word, float(weight) / full, plain))
            column += len(word) + 1
        lines.append(line)
    return lines


def _rectangle(column: float, row: int, length: int, shade: float) -> Any:
    color = tuple(1 - (1 - part / 255) * 0.75 * shade for part in _COLOR)
    rectangle = imported("matplotlib.patches", "docs").Rectangle
    return rectangle((column - 0.3, row - 0.46), length + 0.6, 0.92, color=color, linewidth=0)


def _sample_html(sample: AttendedSample) -> str:
    full = sample.shade()
    texts = "\n".join(_text_html(text, full) for text in sample.texts)
    return f"<div class='sample'><div class='said'>{html.escape(sample.said)}</div>\n{texts}\n</div>"


def _text_html(text: AttendedText, full: float) -> str:
    shown = " ".join(
        f"<span class='word' title='{100 * weight:.1f} %' style='background: rgb({_ground(float(weight) / full)})'>"
        f"{html.escape(word)}</span>"
        for word, weight in zip(text.words, text.weights, strict=True)
    )
    kind = "text relevant" if text.relevant else "text"
    return f"<div class='{kind}'>{shown} <span class='share'>{100 * text.weights.sum():.1f} %</span></div>"


def _ground(shade: float) -> str:
    return " ".join(str(round(255 - (255 - part) * 0.75 * shade)) for part in _COLOR)
