r"""Real data: contextual tasks made of real images and real text."""

from simulations.real.tasks import (
    PARTS,
    ImageTask,
    RealBatch,
    RealSplit,
    SentenceTask,
    Task,
    image_task,
    movie_task,
    sentence_task,
)

__all__ = ["PARTS", "ImageTask", "RealBatch", "RealSplit", "SentenceTask", "Task", "image_task", "movie_task", "sentence_task"]
