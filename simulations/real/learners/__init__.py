r"""Ways to learn a contextual task: the architectures, what may be trained in them, and two that know what is relevant."""

from simulations.real.learners.catalogue import LEARNERS
from simulations.real.learners.learner import BUDGET, Classifier, Learner, Lesson, Setting, accuracy, tuned
from simulations.real.learners.relevance import LabelledPool

__all__ = ["BUDGET", "LEARNERS", "Classifier", "LabelledPool", "Learner", "Lesson", "Setting", "accuracy", "tuned"]
