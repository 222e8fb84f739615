r"""The pictures of the study, as files."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulations.agreement.tables import write_text
from simulations.engine import stream
from simulations.real.pictures._gallery import image_gallery, word_gallery
from simulations.real.pictures._text_page import attention_figure, attention_html
from simulations.real.pictures._tile_figure import AttendedTiles, embedded_figure, tile_figure
from simulations.real.sources import fashion_is_there
from simulations.real.tasks import ImageTask, image_task, movie_task

__all__ = ["IMAGE_PICTURES", "written_tiles", "written_words"]

_TITLE = "Where prompt-attention looks: a sentence of a film review among three of newspaper editorials"
_LEGEND = (
    "The prompt was trained on 1000 samples whose tokens are whole sentences, with labels only: nobody said which sentence "
    "matters. Here every word is a token. Deeper colour is more attention; the orange bar marks the film review."
)

_Draw = Callable[[Sequence[AttendedTiles], tuple[str, str]], Any]

IMAGE_PICTURES: Mapping[str, tuple[Callable[[], ImageTask], _Draw]] = {
    "real-mnist-tiles": (lambda: image_task("mnist"), tile_figure),
    "real-fashion-tiles": (lambda: image_task("fashion", encoding="contrast"), tile_figure),
    "real-mnist-partial": (lambda: image_task("mnist", n_tiles=9, relevant=3, layout="partial"), tile_figure),
    "real-mnist-embedded": (lambda: image_task("mnist", n_tiles=16, relevant=4, layout="embedded"), embedded_figure),
}
r"""Name of the file, task, and the kind of figure."""


def written_words(folder: Path, *, root_seed: int) -> list[Path]:
    r"""Write ``real-words.html`` and ``real-words.pdf``."""
    gallery = word_gallery(movie_task(3), 1000, shown=6, measured=6, rng=stream(root_seed, "real pictures", "words"))
    folder.mkdir(parents=True, exist_ok=True)
    page, figure = folder / "real-words.html", folder / "real-words.pdf"
    write_text(page, attention_html(gallery.samples, _TITLE, _LEGEND))
    attention_figure(gallery.samples, _TITLE).savefig(figure)
    return [page, figure]


def written_tiles(folder: Path, *, root_seed: int) -> list[Path]:
    r"""Write the pictures of `IMAGE_PICTURES` whose data are there, at least that of MNIST."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, (task, figure) in IMAGE_PICTURES.items():
        if "fashion" in name and not fashion_is_there():
            continue
        samples = image_gallery(task(), 1000, shown=4, rng=stream(root_seed, "real pictures", name))
        paths.append(folder / f"{name}.pdf")
        figure(samples, ("before prompt-tuning", "after")).savefig(paths[-1])
    return paths
