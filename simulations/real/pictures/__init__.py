r"""Figures and pages of attention on real images and sentences.

Start at `written_tiles` and `written_words`."""

from simulations.real.pictures._gallery import image_gallery, word_gallery
from simulations.real.pictures._picture_files import written_tiles, written_words
from simulations.real.pictures._text_page import AttendedSample, attention_figure, attention_html
from simulations.real.pictures._tile_figure import AttendedTiles, embedded_figure, tile_figure

__all__ = [
    "AttendedSample",
    "AttendedTiles",
    "attention_figure",
    "attention_html",
    "embedded_figure",
    "image_gallery",
    "tile_figure",
    "word_gallery",
    "written_tiles",
    "written_words",
]
