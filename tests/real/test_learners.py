r"""Laws of the learners: they find what is planted, they have equal budgets, and fixed attention is what it says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from simulations.real import RealBatch, RealSplit
from simulations.real.learners import (
    BUDGET,
    LEARNERS,
    LabelledPool,
    Lesson,
    Setting,
    accuracy,
    least_squares_head,
    logistic_head,
    mean_pooling,
    tuned,
)
from simulations.real.study import relevant_mass
from simulations.tokens import directions, tokens
from tests.real.synthetic import Synthetic
from theory.head.exact import mean_pooling_ratio
from theory.model import ContextualModel, HeadSetting, Prompt
from theory.real import error_of_random_labels

pytestmark = pytest.mark.xdist_group("real-learners")  # one worker trains once, for all tests of this file

MODEL = ContextualModel(n_tokens=9, n_relevant=2, dim=12, signal_norm=0.8, context_norm=1.9, noise_std=0.9)
N = 400


@pytest.fixture(scope="module")
def split() -> RealSplit:
    return Synthetic(MODEL).split(N, rng=np.random.default_rng(4))


@pytest.fixture(scope="module")
def learnt(split: RealSplit) -> dict:
    lesson = Lesson(split.train, LabelledPool(split.pool))
    return {name: tuned(learner, lesson, split.development)[0] for name, learner in LEARNERS.items()}


def test_every_learner_has_the_same_budget() -> None:
    assert {len(learner.settings) for learner in LEARNERS.values()} == {1, BUDGET}
    assert {name for name, learner in LEARNERS.items() if len(learner.settings) == 1} == {
        "mean-pooling-ls", "known-prompt-ls", "oracle-ls"}  # fmt: skip
    assert all(len(set(learner.settings)) == len(learner.settings) for learner in LEARNERS.values())


def test_trained_prompts_find_the_relevant_tokens(split: RealSplit, learnt: dict) -> None:
    share = MODEL.relevant_fraction
    masses = {name: relevant_mass(learnt[name].attention(split.test), split.test) for name in LEARNERS if name != "linear-prompt"}
    assert_allclose(masses["mean-pooling"], share, rtol=1e-12)
    assert_allclose(masses["oracle"], 1.0, rtol=1e-12)
    assert abs(masses["head-tuning"] - share) < 0.1
    for name in ("prompt-attention", "prompt-tuning", "three-steps", "known-prompt"):
        assert masses[name] > 2 * share, name


def test_attention_is_a_distribution(split: RealSplit, learnt: dict) -> None:
    for name, classifier in learnt.items():
        weights = classifier.attention(split.test)
        if name == "linear-prompt":
            assert weights is None
            continue
        assert weights.shape == split.test.relevant.shape
        assert (weights >= 0).all()
        assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-12)


def test_trained_prompt_points_along_the_context(learnt: dict) -> None:
    context, signal = directions(MODEL)
    for name in ("prompt-attention", "three-steps"):
        prompt, head = learnt[name].model.prompts[0], learnt[name].model.heads[0]
        assert prompt @ context > 0.9 * np.linalg.norm(prompt) * np.linalg.norm(context), name
        assert head @ signal > 0.75 * np.linalg.norm(head) * np.linalg.norm(signal), name


def test_attention_pays(split: RealSplit, learnt: dict) -> None:
    scores = {name: accuracy(classifier, split.test) for name, classifier in learnt.items()}
    slack = 3 / np.sqrt(split.test.size)  # six standard deviations of an accuracy
    for name in ("prompt-attention", "three-prompts", "known-prompt", "three-steps"):
        assert scores[name] > scores["mean-pooling"] + slack / 2, name
    assert max(scores.values()) <= 1 == scores["oracle"]  # relevant tokens of the core model have no noise


def test_relevance_labels_give_the_slope_of_the_log_odds(split: RealSplit) -> None:
    context, _ = directions(MODEL)
    slope = LabelledPool(split.pool).relevance_direction
    assert slope @ context > 0.99 * np.linalg.norm(slope) * np.linalg.norm(context)


def test_logistic_head_is_stationary() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((70, 5)) * [1, 2, 3, 4, 5] + 7.0, np.where(rng.random(70) < 0.5, 1.0, -1.0)
    head = logistic_head(x, y, 0.2)
    pull = -y / (1 + np.exp(y * head.scores(x))) / len(y)
    assert_allclose(pull.sum(), 0.0, atol=1e-5)
    assert_allclose(pull @ x + 0.2 * x.var(axis=0).mean() * head.weights, 0.0, atol=1e-4)


def test_least_squares_is_affine_equivariant() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((40, 6)), np.where(rng.random(40) < 0.3, 1.0, -1.0)
    new, B, c = rng.standard_normal((11, 6)), rng.standard_normal((6, 6)), rng.standard_normal(6)
    straight, mapped = least_squares_head(x, y).scores(new), least_squares_head(x @ B + c, y).scores(new @ B + c)
    assert_allclose(mapped, straight, rtol=1e-9)
    assert np.abs(logistic_head(x @ B + c, y, 0.3).scores(new @ B + c) - logistic_head(x, y, 0.3).scores(new)).max() > 1e-3


def test_mean_pooling_on_tokens_has_the_exact_error(agree) -> None:
    model = ContextualModel(n_tokens=8, n_relevant=3, dim=7, signal_norm=0.5, context_norm=1.2, noise_std=0.9)
    n = 40
    kappa = mean_pooling_ratio(HeadSetting(model=model, prompt=Prompt(0.0), n_samples=n))
    predicted = error_of_random_labels(kappa, n, model.dim)
    agree(
        "real-mean-pooling-on-tokens",
        setting={"T": 8, "m": 3, "d": 7, "W": 0.5, "Q": 1.2, "sigma": 0.9, "n": n},
        predicted=predicted,
        sampler=lambda rng, size: np.array([_error(model, n, rng) for _ in range(size)]),
        bounds=(0.0, 1.0),
        margin=0.02,
        wrong_variants={
            "one coordinate less": error_of_random_labels(kappa, n, model.dim - 1),
            "relevant tokens with noise": error_of_random_labels(kappa * np.sqrt(5 / 8), n, model.dim),
        },
    )


def _error(model: ContextualModel, n: int, rng: np.random.Generator) -> float:
    r"""Test error of mean pooling trained on tokens; the mean of new tokens is Gaussian given y."""
    drawn = tokens(model, rng=rng, size=n)
    batch = RealBatch(drawn.tokens, drawn.labels, drawn.relevant, np.arange(drawn.relevant.size).reshape(drawn.relevant.shape))
    head = mean_pooling(Lesson(batch, LabelledPool(batch)), Setting(0.0)).head
    context, signal = directions(model)
    spread = model.noise_std * np.sqrt(model.n_irrelevant) / model.n_tokens * np.linalg.norm(head.weights)
    means = np.array([head.scores(model.relevant_fraction * (context + y * signal)) * y for y in (-1, 1)])
    return float(ndtr(-means / spread).mean())
