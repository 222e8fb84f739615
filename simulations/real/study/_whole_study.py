r"""The whole study of real data: which tasks, at which numbers of samples, and the tables that it makes."""

from collections.abc import Iterator

import pandas as pd

from simulations.engine import Store
from simulations.real.sources import fashion_is_there
from simulations.real.study._measurements import Study, measured
from simulations.real.study._summary import gains, summary
from simulations.real.tasks import image_task, movie_task
from theory.model import Choice

__all__ = ["GROUPS", "studies", "tables", "whole_study"]

GROUPS = ("text", "images", "all")
SIZES = (100, 300, 1000)
_ALONE = ("mean-pooling", "oracle")


def studies(group: str = "all", *, splits: int = 20, root_seed: int = 2023) -> list[Study]:
    r"""The studies of a group, the most telling first.

    Text: a movie sentence among k = 3, 7, 1, 0 editorial sentences (k = 0 leaves nothing to attend to: two learners are enough).
    Images: MNIST and, where it is installed, Fashion-MNIST as one tile among six backgrounds, in two encodings; three quarters
    of a digit among six; a digit inside a photograph; one tile again, with an encoder that is learnt.

    Parameters
    ----------
    group
        ``text``, ``images`` or ``all``.
    splits
        Random splits of each task.
    root_seed
        Seed of all streams.

    Raises
    ------
    ParameterError
        If there is no such group.
    MissingSourceError, CorruptSourceError
        If data are not there, or not what they should be.
    """
    Choice(GROUPS).member("group", group)
    made = []
    if group != "images":
        made += [Study(movie_task(3), (*SIZES, 3000), splits=splits, root_seed=root_seed)]
        made += [Study(movie_task(k), SIZES, splits=splits, root_seed=root_seed) for k in (7, 1)]
        made += [Study(movie_task(0), SIZES, learners=_ALONE, splits=splits, root_seed=root_seed)]
    if group != "text":
        sources = ("mnist", "fashion") if fashion_is_there() else ("mnist",)
        tasks = [image_task(source, encoding=encoding) for encoding in ("pca", "contrast") for source in sources]
        tasks += [image_task("mnist", n_tiles=9, relevant=3, layout="partial")]
        tasks += [image_task("mnist", n_tiles=16, relevant=4, layout="embedded")]
        tasks += [image_task(source, encoding="learnt") for source in sources]
        made += [Study(task, SIZES, splits=splits, root_seed=root_seed) for task in tasks]
    return made


def whole_study(planned: list[Study], *, store: Store | None = None, workers: int = 1) -> Iterator[tuple[Study, pd.DataFrame]]:
    r"""What is measured, study by study; with a store, a run that is killed goes on where it stopped.

    Parameters
    ----------
    planned
        From `studies`.
    store
        Where finished splits are kept.
    workers
        Processes.

    Yields
    ------
    (study, frame)
        The study and what `measured` says.
    """
    for study in planned:
        yield study, measured(study, store=store, workers=workers)


def tables(frames: list[pd.DataFrame]) -> dict[str, pd.DataFrame]:
    r"""The tables of several studies, paired differences being between learners on the same split.

    ``real-accuracy`` (with attention mass), ``real-gains`` (over mean pooling) and, where both were run,
    ``real-against-fine-tuning`` (prompt-attention).
    """
    together = pd.concat(frames, ignore_index=True)
    made = {"real-accuracy": summary(together), "real-gains": gains(together, "mean-pooling")}
    rivals = together[together["learner"].isin(("prompt-attention", "fine-tuning"))]
    if rivals["learner"].nunique() == 2:
        made["real-against-fine-tuning"] = gains(rivals, "fine-tuning")
    return made
