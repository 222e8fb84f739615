r"""Real data: contextual tasks made of real images and real text."""

from simulations.real.task import PARTS, RealBatch, RealSplit, Task

__all__ = ["PARTS", "RealBatch", "RealSplit", "Task"]
