r"""The exact law of least squares under any prompt: against training, against other routes, and with planted mistakes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from simulations.head import simulated_errors
from tests.head.wrong_variants import detectable
from theory.head import exact_error, expected_error, head_error
from theory.head.any_prompt import any_prompt_error, dispersion, limit_model_error
from theory.head.any_prompt._expected_error import _block
from theory.head.any_prompt._matrix import Matrix, smaller_matrix
from theory.head.any_prompt._points import BLOCKS, Points
from theory.head.any_prompt._sample_law import SampleLaw, sample_law
from theory.head.any_prompt._sums import KnownSums
from theory.head.exact import mean_pooling_ratio
from theory.model import HeadSetting, ParameterError, head_setting

UNIT = (0.0, 1.0)

PLAIN = {"T": 23, "m": 4, "W": 0.8, "Q": 1.1, "sigma": 0.9}
GENERIC = {
    "T": 23,
    "m": 4,
    "W": 0.8,
    "Q": 1.1,
    "sigma": 0.9,
    "tau": 1.2,
    "rho": 0.45,
    "pi": 0.3,
    "relevant_noise": 0.4,
    "context_noise": 1.4,
    "signal_noise": 0.7,
}

# From an independent program that draws tokens and trains heads: (setting, error, its standard error)
SMALL = {"T": 17, "m": 3, "W": 0.6, "Q": 1.2}
MEASURED = [
    (dict(SMALL, d=24, tau=14, n=23), 0.4308, 0.0010),
    ({"T": 64, "m": 6, "d": 40, "W": 0.6, "Q": 2, "tau": 1.5, "n": 20}, 0.1991, 0.0002),
    (dict(SMALL, d=6, tau=20, n=30), 0.4383, 0.0008),
    (dict(SMALL, d=6, tau=100, n=30), 0.4505, 0.0009),
    (dict(SMALL, d=6, tau=6, n=40), 0.393, 0.001),
    (dict(SMALL, d=6, tau=5, n=20), 0.4028, 0.001),
    (dict(SMALL, d=6, tau=4, n=40), 0.3631, 0.0007),
    ({"T": 5, "m": 1, "d": 10, "W": 0.3, "Q": 1, "tau": 4, "n": 40}, 0.3584, 0.001),
    ({"T": 17, "m": 3, "d": 6, "W": 0.6, "Q": 3, "tau": 1, "head": "full", "pi": 0.1, "n": 20}, 0.0183, 0.0004),
    ({"T": 17, "m": 3, "d": 6, "W": 0.6, "Q": 3, "tau": 1, "head": "full", "pi": 0.1, "n": 60}, 0.00436, 0.00009),
    (dict(SMALL, d=6, tau=1, n=40, rho=1, head="full"), 0.4244, 0.0009),
]


@pytest.mark.parametrize(("values", "truth", "standard_error"), MEASURED)
def test_independently_measured_errors(values: dict, truth: float, standard_error: float) -> None:
    predicted = any_prompt_error(head_setting(**values), max(4 * standard_error / truth, 4e-3))
    assert abs(predicted.value - truth) < predicted.abs_error + 4 * standard_error


SIZES = [(1, 1), (1, 3), (2, 1), (2, 2), (2, 3), (8, 9), (9, 9), (10, 9), (14, 9), (30, 26)]


@pytest.mark.parametrize(("n", "p"), SIZES)
def test_mean_pooling_is_the_law_of_constant_scales(n: int, p: int) -> None:
    setting = head_setting(**PLAIN, tau=0, d=p + 1, n=n)
    predicted = any_prompt_error(setting, 4e-3)
    exact, _ = expected_error(mean_pooling_ratio(setting), n, p)
    assert abs(predicted.value - exact) < predicted.abs_error < 0.015 * exact


@pytest.mark.parametrize(("n", "p"), [(2, 3), (8, 9), (10, 9), (11, 9)])
@pytest.mark.parametrize("draw", ["chi_square", "triangle"])
def test_one_degree_of_freedom_more_is_seen(monkeypatch: pytest.MonkeyPatch, draw: str, n: int, p: int) -> None:
    if draw == "chi_square" and n < p:
        draw = "triangle"  # the only scalars there
    right = getattr(Points, draw)
    monkeypatch.setattr(Points, draw, lambda points, *sizes: right(points, *sizes[:-1], sizes[-1] + 1))
    setting = head_setting(**PLAIN, tau=0, d=p + 1, n=n)
    wrong = any_prompt_error.__wrapped__(setting, 2e-3)
    exact, _ = expected_error(mean_pooling_ratio(setting), n, p)
    assert abs(wrong.value - exact) > 2 * wrong.abs_error


def test_full_head_under_mean_pooling_is_the_law_of_nine_scalars() -> None:
    setting = head_setting(**PLAIN, tau=0, d=6, n=7, head="full")
    predicted, exact = any_prompt_error(setting, 9e-3), exact_error(setting)
    assert abs(predicted.value - exact.value) < predicted.abs_error + exact.abs_error < 0.02 * exact.value


def averages(law: SampleLaw, n: int, matrix: Matrix, size: int = 1024) -> tuple[float, float]:
    r"""Mean over the blocks and its standard error."""
    means = np.array([_block(KnownSums(law, n), matrix, size, block)[0].mean() for block in range(BLOCKS)])
    return float(means.mean()), float(means.std(ddof=1) / BLOCKS**0.5)


@pytest.mark.parametrize("extra", [{}, {"head": "full", "intercept": True, "prompt_angle": 0.5, "prompt_azimuth": 1.0}])
def test_range_null_space_and_whole_design_agree(extra: dict) -> None:
    law = sample_law(head_setting(**GENERIC, **extra, d=9, n=13))
    rest = law.isotropic
    routes = [Matrix("range", rest), Matrix("left", 13 - rest), Matrix("design", rest)]
    (first, first_error), *others = [averages(law, 13, matrix) for matrix in routes]
    for value, error in others:
        assert abs(value - first) < 4.5 * np.hypot(error, first_error)


def trained(law: SampleLaw, n: int, size: int) -> tuple[float, float]:
    r"""Pseudo-inverses of folded designs whose rows are drawn from the nodes of a law with one special column."""
    rng = np.random.default_rng(7)
    index = rng.choice(law.scale.size, (size, n), p=law.weights)
    design = law.scale[index][..., None] * rng.standard_normal((size, n, law.isotropic + 1))
    design[..., 0] = law.special[0][index] + law.factor[0, 0] * design[..., 0]
    head = np.linalg.pinv(design).sum(axis=2)
    fresh = rng.choice(law.scale.size, (size, 16), p=law.weights)
    spread = np.hypot(law.factor[0, 0] * head[:, 0], np.linalg.norm(head[:, 1:], axis=1))
    errors = ndtr(-head[:, :1] * law.special[0][fresh] / (law.scale[fresh] * spread[:, None])).mean(axis=1)
    return float(errors.mean()), float(errors.std() / size**0.5)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_two_samples_by_brute_force(p: int) -> None:
    setting = head_setting(**{**PLAIN, "m": 6, "Q": 1.5}, tau=2.0, d=p + 1, n=2)
    predicted = any_prompt_error(setting, 2e-3)
    value, error = trained(sample_law(setting), 2, 60_000)
    assert abs(predicted.value - value) < predicted.abs_error + 4 * error


def test_two_samples_of_one_coordinate_are_a_sum_over_scales() -> None:
    setting = head_setting(**PLAIN, tau=2.0, d=2, n=2)
    law = sample_law(setting)
    mean, scale = law.special[0], law.scale
    wrong = law.weights @ ndtr(-np.add.outer(mean, mean) / np.hypot.outer(scale, scale)) @ law.weights
    error = law.weights @ ndtr(-mean / scale)
    predicted = any_prompt_error(setting)
    assert_allclose(predicted.value, wrong * (1 - error) + (1 - wrong) * error, rtol=0, atol=predicted.abs_error)


def test_an_intercept_alone_learns_the_only_label() -> None:
    predicted = any_prompt_error(head_setting(**GENERIC, d=6, n=1, intercept=True))
    assert_allclose(predicted.value, 2 * 0.3 * 0.7, rtol=0, atol=predicted.abs_error)


def test_many_samples_follow_the_finite_context_law() -> None:
    for n, p, share in ((100, 4, 0.004), (300, 8, 0.003)):
        setting = head_setting(**PLAIN, tau=1.5, d=p + 1, n=n)
        predicted = any_prompt_error(setting)
        limit = head_error(setting, "finite-context")
        assert abs(predicted.value - limit.value) < predicted.abs_error + share * predicted.value
        assert limit.value != limit.details["limit"]


def test_precision_is_bought_and_kept() -> None:
    setting = head_setting(**PLAIN, tau=1.5, d=6, n=12)
    rough, fine = any_prompt_error(setting, 3e-2), any_prompt_error(setting, 1e-3)
    assert fine.abs_error < rough.abs_error / 2
    assert abs(fine.value - rough.value) < fine.abs_error + rough.abs_error


def test_uncovered_settings_are_refused_by_name() -> None:
    setting = head_setting(**PLAIN, tau=1.5, d=6, n=12)
    quiet = replace(setting, model=replace(setting.model, noise_std=0.0))
    whole = replace(setting, model=replace(setting.model, n_relevant=23))
    endless = replace(setting, n_samples=float("inf"))
    for refused, name in ((quiet, "noise_std"), (whole, "n_relevant"), (endless, "n_samples")):
        with pytest.raises(ParameterError, match=name):
            any_prompt_error(refused)


CLAIMED = {
    "n < p": {"d": 12, "n": 5},
    "n = p": {"d": 12, "n": 11},
    "n = p + 1": {"d": 12, "n": 12},
    "n < p, full": {"d": 12, "n": 8, "head": "full", "intercept": True},
    "between p' and p": {"d": 9, "n": 8, "head": "full", "intercept": True, "prompt_angle": 0.5, "prompt_azimuth": 1.0},
    "n > p, full": {"d": 5, "n": 13, "head": "full", "intercept": True},
    "lean prompt": {"d": 6, "n": 9, "prompt_angle": 0.7, "prompt_azimuth": 2.2},
    "two coordinates": {"d": 2, "n": 4, "head": "full"},
}


@pytest.mark.parametrize("name", CLAIMED)
def test_trained_heads_have_the_exact_error(agree, name: str) -> None:
    setting = head_setting(**GENERIC, **CLAIMED[name])
    predicted = any_prompt_error(setting, 6e-3)
    agree(
        "head-error-any-prompt",
        setting=setting.row,
        predicted=predicted,
        sampler=lambda rng, size: simulated_errors(setting, rng=rng, size=size, n_test=8),
        bounds=UNIT,
        margin=0.025,
        wrong_variants=detectable(variants(setting), predicted.value, 0.025),
    )


def variants(setting: HeadSetting) -> dict[str, float]:
    model = setting.model
    return {
        "n + 1": any_prompt_error(replace(setting, n_samples=setting.n_samples + 1), 3e-2).value,
        "p + 1": any_prompt_error(replace(setting, model=replace(model, dim=model.dim + 1)), 3e-2).value,
        "balanced labels": any_prompt_error(replace(setting, model=replace(model, label_prior=0.5)), 3e-2).value,
    }


def test_the_smaller_side_is_taken() -> None:
    kinds = [smaller_matrix([sample_law(head_setting(**PLAIN, tau=1.5, d=11, n=n))], n) for n in (9, 11, 40)]
    assert kinds == [Matrix("none", 0), Matrix("left", 2), Matrix("range", 9)]


REMAINDERS = [
    {
        "T": 61,
        "m": 31,
        "d": 37,
        "W": 1.57,
        "Q": 2.36,
        "sigma": 1.36,
        "tau": 1.4,
        "rho": -0.73,
        "n": 43,
        "head": "full",
        "intercept": True,
    },
    {
        "T": 41,
        "m": 18,
        "d": 17,
        "W": 0.91,
        "Q": 0.6,
        "sigma": 1.36,
        "tau": 1.77,
        "pi": 0.73,
        "n": 85,
        "head": "full",
        "intercept": True,
    },
    {"T": 33, "m": 7, "d": 12, "W": 0.6, "Q": 1.58, "sigma": 1.37, "tau": 4.2, "n": 24},
    {"T": 64, "m": 6, "d": 12, "W": 0.6, "Q": 2.0, "tau": 1.5, "n": 30},
]


@pytest.mark.parametrize("values", REMAINDERS)
def test_what_the_limit_leaves_is_within_its_bound(values: dict) -> None:
    setting = head_setting(**values)
    predicted, exact = head_error(setting), any_prompt_error(setting, 3e-3)
    bound = limit_model_error(setting, predicted.value, predicted.details["limit"])
    assert abs(exact.value - predicted.value) < bound + exact.abs_error + predicted.abs_error


def test_the_limit_leaves_nothing_without_a_prompt_and_its_bound_halves_with_twice_the_samples() -> None:
    plain, prompted = (head_setting(**PLAIN, tau=tau, d=11, n=200) for tau in (0.0, 1.5))
    assert dispersion(plain).total < 1e-12
    bounds = []
    for factor in (1, 2):
        setting = replace(prompted, n_samples=200 * factor, model=replace(prompted.model, dim=10 * factor + 1))
        predicted = head_error(setting, "finite-context")
        bounds.append(limit_model_error(setting, predicted.value, predicted.details["limit"]))
    assert_allclose(bounds[0] / bounds[1], 2, rtol=0.02, atol=0)


def test_the_bound_is_refused_where_it_was_not_calibrated() -> None:
    for values in ({"d": 9, "n": 19}, {"d": 40, "n": 30, "head": "full"}):
        with pytest.raises(ParameterError, match="n_samples"):
            limit_model_error(head_setting(**PLAIN, tau=1.5, **values), 0.2, 0.2)
