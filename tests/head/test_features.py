r"""The law of a feature under any prompt: against quadratures, integration by parts, and itself in other coordinates."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from theory.context import AttentionLaw
from theory.head import CONVEX_LOSSES, Features, fixed_point, interpolation, max_margin, sample_features, separating_direction
from theory.head.features import attention_nodes, prompt_frame
from theory.model import head_setting

DATA = {"T": 24, "m": 4, "d": 21, "W": 0.7, "Q": 1.6, "sigma": 0.9, "tau": 1.1, "n": 60}
TURNED = {"prompt_angle": 0.5, "prompt_azimuth": 0.9, "context_noise": 1.4, "signal_noise": 0.6, "rho": -0.3}


def functionals(mass: np.ndarray, gain: np.ndarray, drift: np.ndarray) -> np.ndarray:
    tail = np.exp(-0.5 * ((mass * (1.1 + 0.4 * drift)) / gain) ** 2 / 4)
    return np.stack(
        [mass, gain**2, drift, drift**2, mass * drift, 1 / (1 + 9 * gain**2), tail, 1 / (1 + np.exp(3 * drift - mass))]
    )


@pytest.mark.parametrize(("score", "std", "noise"), [(0.7, 0.6, 0.0), (1.3, 1.4, 0.0), (0.4, 0.9, 0.7)])
def test_cubature_equals_quadrature_over_three_tokens(score: float, std: float, noise: float) -> None:
    # two irrelevant tokens, and one relevant: a tensor rule over their scores
    x, w = np.polynomial.hermite_e.hermegauss(40)
    g = np.stack(np.meshgrid(x, x, x)).reshape(3, -1)
    weights = np.prod(np.stack(np.meshgrid(w, w, w)).reshape(3, -1), axis=0) / (2 * np.pi) ** 1.5
    size = np.exp(np.array([[score], [0.0], [0.0]]) + std * np.array([[noise], [1.0], [1.0]]) * g)
    share, scale = size / size.sum(axis=0), np.array([[noise], [1.0], [1.0]])
    exact = functionals(share[0], np.sqrt(((scale * share) ** 2).sum(axis=0)), (scale * share * g).sum(axis=0)) @ weights
    nodes = attention_nodes(1, 2, score, std, noise)
    assert_allclose(functionals(nodes.mass, nodes.gain, nodes.drift) @ nodes.weights, exact, rtol=1.5e-3, atol=0)


@pytest.mark.parametrize("law", [(6, 58, 3.0, 1.5), (3, 13, 2.0, 2.6), (30, 970, 1.1, 1.2), (2, 3, 0.5, 0.7)])
def test_score_noise_obeys_integration_by_parts(law: tuple) -> None:
    r"""E B = s(1 - E A - E C²) and E AB = s(E A(1-A) - 2 E AC²), the right sides from theory.context."""
    m, std, nodes = AttentionLaw(*law).moments, law[3], attention_nodes(*law, 0.0)
    assert_allclose(nodes.weights @ nodes.drift, std * (1 - m.mass - m.gain), rtol=5e-4, atol=0)
    exact = std * (m.mass - m.mass_squared - 2 * m.mass_gain)
    assert_allclose(nodes.weights @ (nodes.mass * nodes.drift), exact, rtol=2e-3, atol=0)


@pytest.mark.parametrize("noise", [0.4, 1.0])
def test_score_noise_of_relevant_tokens_obeys_integration_by_parts(noise: float) -> None:
    nodes = attention_nodes(5, 40, 1.2, 1.1, noise)
    w, mass, gain = nodes.weights, nodes.mass, nodes.gain
    assert_allclose(w @ nodes.drift, 1.1 * (w @ (1 - mass + noise**2 * mass) - w @ gain**2), rtol=1e-3, atol=0)


def test_noisy_relevant_tokens_without_noise_are_noiseless() -> None:
    still, moving = attention_nodes(5, 40, 1.2, 1.1, 0.0), attention_nodes(5, 40, 1.2, 1.1, 1e-4)
    expected, found = (functionals(x.mass, x.gain, x.drift) @ x.weights for x in (still, moving))
    assert_allclose(found, expected, rtol=1e-3, atol=0)


def test_relevant_tokens_like_the_others_get_their_share() -> None:
    nodes = attention_nodes(7, 21, 0.0, 1.3, 1.0)
    assert_allclose(nodes.weights @ nodes.mass, 0.25, rtol=3e-4, atol=0)


def test_frame_splits_the_noise_into_score_and_rest() -> None:
    frame = prompt_frame(head_setting(**DATA, **TURNED))
    total = frame.gaussian + np.outer(frame.noise * frame.score_axis, frame.noise * frame.score_axis)
    assert_allclose(total, np.diag(frame.noise**2), rtol=1e-13, atol=1e-15)
    assert_allclose(frame.score_std, np.linalg.norm(frame.noise * frame.prompt), rtol=1e-14, atol=0)
    assert_allclose(frame.prompt @ frame.gaussian @ frame.prompt, 0, rtol=0, atol=1e-13)


def test_labels_that_are_hardly_mirrored_give_hardly_any_weight_to_odd_coordinates() -> None:
    changes = {"head": "full", "intercept": True, "prompt_angle": 0.4}
    alone = fixed_point(sample_features(head_setting(**DATA, **changes)), CONVEX_LOSSES["logistic"], 0.3, 0.01)
    nearly = sample_features(head_setting(**DATA, **changes, pi=0.5 + 1e-7))
    every = fixed_point(nearly, CONVEX_LOSSES["logistic"], 0.3, 0.01)
    assert alone.names == ("signal",)
    assert every.names == ("context", "signal", "lateral", "intercept")
    assert_allclose([every.along, every.across, every.loss], [alone.along, alone.across, alone.loss], rtol=1e-6, atol=0)
    assert np.abs(np.delete(every.special, 1)).max() < 1e-5 * every.along


def rotated(features: Features, angle: float) -> tuple[Features, np.ndarray]:
    r"""The signal, and one Gaussian coordinate more, seen in axes turned by an angle."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    special = turn @ np.vstack([features.special[0], 0 * features.special[0]])
    return replace(features, special=special, gaussian=np.eye(2), penalised=np.ones(2, bool), names=("signal", "lateral")), turn[
        :, 0
    ]


@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge"])
def test_axes_of_special_coordinates_do_not_matter(loss: str) -> None:
    features = sample_features(head_setting(**DATA))
    turned, axis = rotated(features, 0.7)
    alone, seen = (fixed_point(law, CONVEX_LOSSES[loss], 0.4, 0.02) for law in (features, turned))
    assert_allclose(seen.special, alone.along * axis, rtol=1e-8, atol=0)
    assert_allclose([seen.across, seen.step, seen.loss], [alone.across, alone.step, alone.loss], rtol=1e-8, atol=0)


def test_separability_and_margin_do_not_depend_on_axes() -> None:
    features = sample_features(head_setting(**DATA))
    turned, axis = rotated(features, 0.7)
    (alone, s), (seen, direction) = separating_direction(features), separating_direction(turned)
    assert_allclose([seen, *direction], [alone, *(s * axis)], rtol=1e-9, atol=0)
    for gamma in (1.1 * alone, 1.6):
        nested, hinge = max_margin(features, gamma), max_margin(turned, gamma)
        assert nested is not None
        assert hinge is not None
        assert hinge.converged
        assert_allclose([*hinge.special, hinge.across], [*(nested.along * axis), nested.across], rtol=1e-8, atol=0)
    assert max_margin(turned, 0.99 * alone) is None


@pytest.mark.parametrize("gamma", [1.3, 3.0])
def test_interpolation_is_ridge_regression_without_ridge(gamma: float) -> None:
    features = sample_features(head_setting(**DATA, **TURNED, head="full", intercept=True, pi=0.3, relevant_noise=0.3), 2.0)
    best = interpolation(features, gamma)
    gaps = []
    for ridge in (1e-4, 1e-5):
        head = fixed_point(features, CONVEX_LOSSES["squared"], gamma, ridge)
        gaps.append(np.abs(np.append(head.special / best.special, head.across / best.across) - 1).max())
    assert gaps[1] < 0.12 * gaps[0] < 0.12 * 0.05


@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge", "squared-hinge"])
@pytest.mark.parametrize("gamma", [0.07, 0.6, 3.0])
def test_solver_converges_with_four_special_coordinates(loss: str, gamma: float) -> None:
    for changes in ({"pi": 0.05}, {"pi": 0.7, "relevant_noise": 0.5}):
        features = sample_features(head_setting(**DATA, **TURNED, head="full", intercept=True, **changes), 3.0)
        for ridge in (1e-4, 0.03, 1.0):
            assert fixed_point(features, CONVEX_LOSSES[loss], gamma, ridge).converged
