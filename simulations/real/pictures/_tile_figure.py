r"""A figure of attention over the tiles of real images, before and after a prompt is tuned."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulations.real.sources import imported
from theory.model import ParameterError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AttendedTiles", "embedded_figure", "tile_figure"]

_RELEVANT, _OTHER = "#D55E00", "#0072B2"


@dataclass(frozen=True)
class AttendedTiles:
    r"""The patches of a sample with the attention that each gets.

    Parameters
    ----------
    patches
        Brightness, shape (T, side, side).
    relevant
        Which show the labelled image, shape (T,).
    before, after
        Attention, non-negative with sum 1, shape (T,).
    said
        For instance the label.

    Raises
    ------
    ParameterError
        If attention is not of that kind.
    """

    patches: NDArray[np.floating]
    relevant: NDArray[np.bool_]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    said: str

    def __post_init__(self) -> None:
        for name in ("before", "after"):
            weights = getattr(self, name)
            if weights.shape != self.relevant.shape or weights.min() < 0 or not math.isclose(weights.sum(), 1, abs_tol=1e-9):
                raise ParameterError(name, f"{len(self.relevant)} non-negative numbers with sum 1", weights)


def tile_figure(samples: Sequence[AttendedTiles], names: tuple[str, str] = ("before", "after")) -> "Figure":
    r"""A row for each sample: its tiles, and below each tile two bars, attention before and after.

    Parameters
    ----------
    samples
        Samples with equally many tiles.
    names
        What the two bars are called.

    Raises
    ------
    MissingSourceError
        If matplotlib is not installed.
    """
    n_tokens = len(samples[0].relevant)
    figure = _new_figure((1.0 * n_tokens + 0.9, 1.62 * len(samples) + 0.45))
    grid = figure.add_gridspec(2 * len(samples), n_tokens, height_ratios=[1.0, 0.45] * len(samples), hspace=0.06, wspace=0.06)
    for row, sample in enumerate(samples):
        for column in range(n_tokens):
            _tile(figure.add_subplot(grid[2 * row, column]), sample, column)
            _bars(figure.add_subplot(grid[2 * row + 1, column]), sample, column)
        figure.axes[-2 * n_tokens].set_ylabel(sample.said, fontsize=7)
    figure.suptitle(f"pale: {names[0]}, deep: {names[1]}; orange: the labelled image", fontsize=8, color="0.3")
    return figure


def embedded_figure(samples: Sequence[AttendedTiles], names: tuple[str, str] = ("before", "after")) -> "Figure":
    r"""A column for each sample: the photograph it lies in, then attention before and after as colour over its patches.

    Parameters
    ----------
    samples
        Samples whose patches are a square, in reading order.
    names
        What is written beside the two rows of attention.

    Raises
    ------
    ParameterError
        If the number of patches is not a square.
    MissingSourceError
        If matplotlib is not installed.
    """
    grid = math.isqrt(len(samples[0].relevant))
    if grid**2 != len(samples[0].relevant):
        raise ParameterError("samples", "of a square number of patches", len(samples[0].relevant))
    figure = _new_figure((1.5 * len(samples) + 0.4, 4.9))
    axes = figure.subplots(3, len(samples), squeeze=False)
    for column, sample in enumerate(samples):
        side = sample.patches.shape[-1]
        photograph = sample.patches.reshape(grid, grid, side, side).swapaxes(1, 2).reshape(grid * side, grid * side)
        for row, weights in enumerate((None, sample.before, sample.after)):
            panel = axes[row, column]
            panel.imshow(photograph, cmap="gray", vmin=0, vmax=1)
            if weights is not None:
                heat = np.kron(weights.reshape(grid, grid), np.ones((side, side)))
                panel.imshow(heat, cmap="inferno", alpha=0.6, vmin=0, vmax=max(sample.after.max(), sample.before.max()))
                panel.set_xlabel(f"{100 * weights[sample.relevant].sum():.0f} % on it", fontsize=7)
            _bare(panel)
        axes[0, column].set_title(sample.said, fontsize=7)
    for row, name in enumerate(("sample", *names)):
        axes[row, 0].set_ylabel(name, fontsize=8)
    return figure


def _new_figure(size: tuple[float, float]) -> "Figure":
    figure: Figure = imported("matplotlib.figure", "docs").Figure(figsize=size, layout="constrained")
    return figure


def _tile(panel: Any, sample: AttendedTiles, column: int) -> None:
    panel.imshow(sample.patches[column], cmap="gray", vmin=0, vmax=1)
    _bare(panel)
    for spine in panel.spines.values():
        spine.set(visible=True, edgecolor=_RELEVANT if sample.relevant[column] else "0.8", linewidth=2.5)


def _bars(panel: Any, sample: AttendedTiles, column: int) -> None:
    color = _RELEVANT if sample.relevant[column] else _OTHER
    panel.barh([1, 0], [sample.before[column], sample.after[column]], color=color, height=0.75)
    panel.patches[0].set_alpha(0.35)
    for y, weight in ((1, sample.before[column]), (0, sample.after[column])):
        inside = weight > 0.6
        style = {"ha": "right", "color": "white"} if inside else {"ha": "left", "color": "0.2"}
        panel.text(weight - 0.03 if inside else weight + 0.03, y, f"{100 * weight:.0f} %", fontsize=6, va="center", **style)
    panel.set(xlim=(0, 1), ylim=(-0.6, 1.6))
    _bare(panel)


def _bare(panel: Any) -> None:
    panel.set(xticks=[], yticks=[])
    panel.grid(visible=False)
    for spine in panel.spines.values():
        spine.set_visible(False)
