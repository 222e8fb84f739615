r"""Pictures of attention: what they show, and that they refuse what is no attention."""

from pathlib import Path

import numpy as np
import pytest

from simulations.real.pictures import (
    AttendedSample,
    AttendedTiles,
    attention_figure,
    attention_html,
    embedded_figure,
    tile_figure,
)
from simulations.real.tasks import AttendedText
from tests.real.available import or_skip
from theory.model import ParameterError

SAMPLE = AttendedSample(
    [
        AttendedText(("a", "<b>bold</b>", "film") * 12, np.full(36, 0.9 / 36), True),
        AttendedText(("the", "budget"), np.array([0.02, 0.08]), False),
    ],
    "rated −2.1",
)


def tiles(n_tokens: int, **change: np.ndarray) -> AttendedTiles:
    even = np.full(n_tokens, 1 / n_tokens)
    given = {"before": even, "after": even[::-1], **change}
    return AttendedTiles(np.zeros((n_tokens, 6, 6)), np.arange(n_tokens) < 1, **given, said="label +1")


def test_page_shows_every_word_escaped_with_its_attention() -> None:
    page = attention_html([SAMPLE], "Words & sentences", "Deeper means more.")
    assert page.count("class='word'") == 38
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "Words &amp; sentences" in page
    assert page.count("class='text relevant'") == 1
    assert "90.0 %" in page
    assert "http" not in page  # it needs no network


def test_figure_shows_every_word_and_is_a_pdf(tmp_path: Path) -> None:
    figure = or_skip(lambda: attention_figure([SAMPLE, SAMPLE], "Words"))
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert shown.count("<b>bold</b>") == 24
    assert shown.count("budget") == 2
    right = max(text.get_position()[0] + len(text.get_text()) for text in figure.axes[0].texts)
    assert right <= figure.axes[0].get_xlim()[1]
    figure.savefig(tmp_path / "words.pdf")
    assert (tmp_path / "words.pdf").read_bytes().startswith(b"%PDF")


def test_tiles_show_attention_before_and_after(tmp_path: Path) -> None:
    after = np.array([0.7, 0.1, 0.2])
    figure = or_skip(lambda: tile_figure([tiles(3, after=after), tiles(3)]))
    bars = [patch.get_width() for axes in figure.axes[1:6:2] for patch in axes.patches]
    assert bars == pytest.approx([1 / 3, 0.7, 1 / 3, 0.1, 1 / 3, 0.2])
    figure.savefig(tmp_path / "tiles.png")


def test_embedded_figure_puts_the_photograph_together() -> None:
    patches = np.arange(9.0)[:, None, None] / 9 * np.ones((1, 2, 2))
    sample = AttendedTiles(patches, np.arange(9) < 4, np.full(9, 1 / 9), np.full(9, 1 / 9), "label −1")
    figure = or_skip(lambda: embedded_figure([sample]))
    photograph = figure.axes[0].images[0].get_array()
    assert photograph.shape == (6, 6)
    assert photograph[0, 2] == pytest.approx(1 / 9)
    assert photograph[2, 0] == pytest.approx(3 / 9)
    assert "44 % on it" in [axes.get_xlabel() for axes in figure.axes]
    with pytest.raises(ParameterError, match="square number of patches"):
        or_skip(lambda: embedded_figure([tiles(5)]))


@pytest.mark.parametrize("weights", [np.array([0.5, 0.6]), np.array([1.5, -0.5]), np.ones(1)])
def test_what_is_no_attention_is_refused(weights: np.ndarray) -> None:
    with pytest.raises(ParameterError, match="after must be 2 non-negative numbers with sum 1"):
        tiles(2, after=weights)
