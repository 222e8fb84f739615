r"""Real data: contextual tasks made of real images and real text."""

from simulations.real.images import ImageTask, image_task
from simulations.real.sentences import SentenceTask, movie_task, sentence_task
from simulations.real.task import PARTS, RealBatch, RealSplit, Task

__all__ = ["PARTS", "ImageTask", "RealBatch", "RealSplit", "SentenceTask", "Task", "image_task", "movie_task", "sentence_task"]
