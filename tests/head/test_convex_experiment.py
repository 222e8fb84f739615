r"""Experiments with convex losses beyond the core: any prompt, any noise, full heads, intercepts, unbalanced labels.

The fast experiment is compared by the verdict engine with one that draws tokens and counts errors. Frequencies of
separability are compared with counting by a binomial test at level 1e-10.
"""

from math import comb

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from simulations.agreement import Absolute
from simulations.engine import stream
from simulations.head import separable_draws, simulated_errors, simulated_training, trained_heads
from simulations.head._convex_experiment import convex_errors
from simulations.tokens import pooled_tokens
from theory.model import ContextualModel, FiniteShift, HeadSetting, ParameterError, Prompt

NOISY = ContextualModel(
    n_tokens=9,
    n_relevant=4,
    dim=4,
    signal_norm=0.9,
    context_norm=1.2,
    noise_std=1.3,
    correlation=0.4,
    label_prior=0.35,
    shift=FiniteShift(((0.3, -0.4, 0.2), (0.5, 0.2, 0.7)), (0.4, 0.6)),
    relevant_noise=0.6,
    context_noise=1.5,
    signal_noise=0.7,
)
EVERYTHING = HeadSetting(model=NOISY, prompt=Prompt(0.8, angle=0.7, azimuth=0.9), n_samples=7, head="full", intercept=True)
PLAIN = ContextualModel(n_tokens=64, n_relevant=6, dim=6, signal_norm=0.0, context_norm=2.0)


def token_level_trained_errors(setting, *, rng, size, loss, ridge, n_test=40):
    r"""Straight from the definition: tokens drawn, errors counted."""
    n, kept = setting.finite_samples, slice(setting.model.dim - setting.n_features, None)
    x, y = pooled_tokens(setting.model, setting.prompt, rng=rng, size=size * (n + n_test))
    x, y = x[:, kept].reshape(size, n + n_test, -1), y.reshape(size, -1)
    labels = y[:, :n] if setting.intercept else None
    heads = trained_heads(y[:, :n, None] * x[:, :n], loss, ridge, labels)
    w, b = (heads[:, :-1], heads[:, -1:]) if setting.intercept else (heads, 0.0)
    margins = y[:, n:] * (np.einsum("bij,bj->bi", x[:, n:], w) + b)
    return (margins < 0).mean(axis=1)


@pytest.mark.parametrize(("loss", "ridge"), [("squared-hinge", 0.03), ("hinge", 0.0)])
def test_fast_experiment_has_the_mean_of_the_token_experiment(agree, loss, ridge):
    def differences(rng, size):
        slow = token_level_trained_errors(EVERYTHING, rng=rng, size=size, loss=loss, ridge=ridge)
        return slow - simulated_errors(EVERYTHING.trained_by(loss, ridge), rng=rng, size=size)

    agree(
        "head-shortcut",
        setting={"rule": loss, "ridge": ridge, "head": "full", "n": 7, "τ": 0.8, "ρ": 0.4, "intercept": "trained", "θ": 0.7},
        predicted=0.0,
        sampler=differences,
        bounds=(-1.0, 1.0),
        margin=Absolute(0.05),
    )


@pytest.mark.parametrize("head", ["orthogonal", "full"])
@pytest.mark.parametrize("intercept", [False, True])
def test_squared_loss_is_least_squares_on_the_same_draws(head, intercept):
    setting = HeadSetting(model=NOISY, prompt=Prompt(0.8, angle=0.7), n_samples=11, head=head, intercept=intercept)
    ours = convex_errors(setting, rng=stream(8, "squared"), size=30, n_test=5)
    assert_array_equal(ours, simulated_errors(setting, rng=stream(8, "squared"), size=30, n_test=5))


@pytest.mark.parametrize("loss", ["hinge", "logistic", "squared-hinge"])
def test_without_noise_no_head_errs(loss):
    silent = ContextualModel(n_tokens=9, n_relevant=4, dim=5, signal_norm=0.9, context_norm=1.2, noise_std=0.0)
    setting = HeadSetting(model=silent, prompt=Prompt(0.8), n_samples=14, head="full", intercept=True)
    draws = simulated_errors(setting.trained_by(loss, 0.01), rng=stream(8, "silent"), size=20)
    assert_allclose(draws, 0, rtol=0, atol=1e-300)


def test_training_reports_the_head_in_its_coordinates():
    draws = simulated_training(EVERYTHING.trained_by("squared-hinge", 0.05), rng=stream(8, "training"), size=400)
    along, across, errors, below, _, intercept = draws.T
    assert draws.shape == (400, 6)
    assert ((across >= 0) & (errors >= 0) & (errors <= below) & (below <= 1)).all()
    constant = across == 0  # samples of one label
    assert 0 < constant.sum() < 60
    assert_array_equal(draws[constant][:, [0, 4]], 0.0)
    assert_array_equal(abs(intercept[constant]), 1.0)
    assert along.mean() > 0.1


def count(n, p):
    r"""Cover's count of separable labellings of n points in general position in p dimensions, as a probability."""
    return 2.0 ** (1 - n) * sum(comb(n - 1, k) for k in range(p))


@pytest.mark.parametrize("noise", [{}, {"relevant_noise": 0.5, "context_noise": 1.4, "signal_noise": 0.6}])
@pytest.mark.parametrize(("head", "intercept", "columns"), [("orthogonal", True, 6), ("full", False, 6), ("full", True, 7)])
def test_labels_without_signal_are_separable_as_often_as_counting_says(head, intercept, columns, noise):
    model = ContextualModel(n_tokens=64, n_relevant=6, dim=6, signal_norm=0.0, context_norm=2.0, **noise)
    angle = 0.6 if noise else 0.0
    setting = HeadSetting(model=model, prompt=Prompt(1.1, angle=angle), n_samples=15, head=head, intercept=intercept)
    draws = separable_draws(setting, rng=stream(8, "counting", head, len(noise), int(intercept)), size=2000)
    assert stats.binomtest(int(draws.sum()), 2000, count(15, columns)).pvalue > 1e-10
    assert stats.binomtest(int(draws.sum()), 2000, count(15, columns - 1)).pvalue < 1e-10


def test_max_margin_on_inseparable_samples_is_named_in_one_line():
    setting = HeadSetting(model=PLAIN, prompt=Prompt(1.1), n_samples=40)
    with pytest.raises(ParameterError, match=r"^n_samples must be so small that every training set is separable.*, got 40$"):
        simulated_errors(setting.trained_by("max-margin"), rng=stream(8, "inseparable"), size=5)


def test_convex_losses_need_a_finite_sample():
    setting = HeadSetting(model=PLAIN, prompt=Prompt(1.1), n_samples=np.inf)
    with pytest.raises(ParameterError, match=r"^n_samples must be finite here, got inf$"):
        simulated_errors(setting.trained_by("hinge", 0.1), rng=stream(8, "infinite"), size=5)
