r"""Contribution 1: the best accuracy of each architecture, with witnesses and certificates."""

from theory.expressivity.accuracy import ARCHITECTURES, BestAccuracy, best_accuracy

__all__ = ["ARCHITECTURES", "BestAccuracy", "best_accuracy"]
