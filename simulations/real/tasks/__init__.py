r"""Contextual tasks made of real images and text: what a batch holds, what a split keeps apart.

Start at `image_task` and `sentence_task`."""

from simulations.real.tasks._dealing import SHARES, companions, dealt, same_label_groups
from simulations.real.tasks._encoded import CHUNK, are_encoded, encoded
from simulations.real.tasks._image_task import SOURCES, ImageTask, image_task
from simulations.real.tasks._layouts import embedded, shuffled_columns
from simulations.real.tasks._sentence_task import NEUTRAL, SentenceTask, movie_task, sentence_task
from simulations.real.tasks._strokes import Strokes, learnt_strokes
from simulations.real.tasks._surrogates import SURROGATES, Surrogates
from simulations.real.tasks._task import PARTS, RealBatch, RealSplit, Task
from simulations.real.tasks._whitening import Encoder, centring, whitened_components
from simulations.real.tasks._words import AttendedText, attended, word_batch, words

__all__ = [
    "CHUNK",
    "NEUTRAL",
    "PARTS",
    "SHARES",
    "SOURCES",
    "SURROGATES",
    "AttendedText",
    "Encoder",
    "ImageTask",
    "RealBatch",
    "RealSplit",
    "SentenceTask",
    "Strokes",
    "Surrogates",
    "Task",
    "are_encoded",
    "attended",
    "centring",
    "companions",
    "dealt",
    "embedded",
    "encoded",
    "image_task",
    "learnt_strokes",
    "movie_task",
    "same_label_groups",
    "sentence_task",
    "shuffled_columns",
    "whitened_components",
    "word_batch",
    "words",
]
