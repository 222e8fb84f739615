r"""Ways to learn a contextual task: the architectures, what may be trained in them, and two that know what is relevant."""

from simulations.real.learners._catalogue import LEARNERS
from simulations.real.learners._fixed_attention import known_prompt, mean_pooling, on_features, softmax, uniform
from simulations.real.learners._learner_protocol import BUDGET, Classifier, Learner, Lesson, Setting, accuracy, tuned
from simulations.real.learners._linear_prompt import linear_prompt_objective
from simulations.real.learners._pooled_heads import least_squares_head, logistic_head
from simulations.real.learners._prompt_objective import Prompts, prompt_objective
from simulations.real.learners._prompt_tuning import frozen_head_objective
from simulations.real.learners._relevance import LabelledPool
from simulations.real.learners._self_attention import self_attention_objective

__all__ = [
    "BUDGET",
    "LEARNERS",
    "Classifier",
    "LabelledPool",
    "Learner",
    "Lesson",
    "Prompts",
    "Setting",
    "accuracy",
    "frozen_head_objective",
    "known_prompt",
    "least_squares_head",
    "linear_prompt_objective",
    "logistic_head",
    "mean_pooling",
    "on_features",
    "prompt_objective",
    "self_attention_objective",
    "softmax",
    "tuned",
    "uniform",
]
