r"""All learners by name."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

from simulations.real.learners._fixed_attention import head_tuning, known_prompt, mean_pooling, oracle
from simulations.real.learners._gradient_steps import three_steps
from simulations.real.learners._learner_protocol import Learner, Setting
from simulations.real.learners._linear_prompt import linear_prompt
from simulations.real.learners._prompt_tuning import joint_prompts, prompt_tuning
from simulations.real.learners._self_attention import fine_tuning, self_attention

__all__ = ["LEARNERS"]


def _grid(first: tuple[float, ...], second: tuple[float, ...] = (0.0,)) -> tuple[Setting, ...]:
    return tuple(Setting(a, b) for a, b in product(first, second))


_RIDGES = _grid((1.0, 0.3, 0.1, 0.03, 0.01, 0.001))
_TWO_RIDGES = _grid((0.1, 0.01), (0.03, 0.01, 0.003))
_STRENGTHS = _grid((0.1, 0.01), (0.5, 1.0, 2.0))
_LEAST_SQUARES = _grid((0.0,), (1.0,))

_ALL = (
    Learner("mean-pooling", "uniform weights, head trained", _RIDGES, mean_pooling),
    Learner("linear-prompt", "weights Xq/T, prompt and head trained", _TWO_RIDGES, linear_prompt),
    Learner("self-attention", "M a multiple of I, head trained", _grid((0.1, 0.01), (1.0, 2.0, 4.0)), self_attention),
    Learner("prompt-attention", "softmax(Xq), prompt and head trained", _TWO_RIDGES, joint_prompts(1)),
    Learner("three-steps", "w₁, q₁, w₂, debiased, nothing after", _grid((0.03, 0.1), (0.25, 0.5, 1.0)), three_steps),
    Learner("head-tuning", "a random prompt that stays, head trained", _grid((0.1, 0.01), (0.25, 0.5, 1.0)), head_tuning),
    Learner("prompt-tuning", "head of mean pooling stays, prompt trained", _TWO_RIDGES, prompt_tuning),
    Learner("fine-tuning", "self-attention, all of M and head trained", _TWO_RIDGES, fine_tuning),
    Learner("three-prompts", "three prompts with a head each, all trained", _TWO_RIDGES, joint_prompts(3)),
    Learner("known-prompt", "prompt from relevance labels, head trained", _STRENGTHS, known_prompt),
    Learner("oracle", "mean of the relevant tokens, head trained", _RIDGES, oracle),
    Learner("mean-pooling-ls", "uniform weights, least squares", _LEAST_SQUARES, mean_pooling),
    Learner("known-prompt-ls", "prompt from relevance labels, strength 1, least squares", _LEAST_SQUARES, known_prompt),
    Learner("oracle-ls", "mean of the relevant tokens, least squares", _LEAST_SQUARES, oracle),
)

LEARNERS: Mapping[str, Learner] = MappingProxyType({learner.name: learner for learner in _ALL})
r"""Every learner has `BUDGET` settings to choose from on the development data; the last three have nothing to choose."""
