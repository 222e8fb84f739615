r"""Alignments, attention on relevant tokens and test error after each of the three steps."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from theory.model import ContextualModel, Interval, ParameterError
from theory.prediction import Prediction
from theory.trajectory.first_head import first_alignment, first_error
from theory.trajectory.parameter_law import SHIFTS, check_score_spread, parameter_points
from theory.trajectory.pooled_error import score_sum_distribution
from theory.trajectory.sample_gradient import LOSSES
from theory.trajectory.softmax_moments import softmax_moments

__all__ = ["expected_mass", "parameter_error", "trajectory"]

Floats = NDArray[np.float64]

_STEPS = Interval(1, 3, integer=True)
_POINTS = 64
_RATIO = {2: 32, 3: 4}  # points of the law for each point at which error and attention are evaluated
_REGIME = "core model; q₁ | w₁ and w₂ | q₁, w₁ Gaussian with their exact moments: O(1/n²) off at fixed d"
_LARGEST_SCORE = 600.0  # e^600 is still a double; beyond it the sign of f is decided


def trajectory(
    model: ContextualModel,
    *,
    step: int,
    eta: float,
    gamma: float,
    n_samples: float,
    debias: bool = False,
    loss: str = "squared",
    points: int = _POINTS,
) -> dict[str, Prediction]:
    r"""What the parameters are and do after one, two or three gradient steps on fresh batches of n samples.

    .. math::

        w_1 = -\eta \nabla_w L_{S_1}(0, 0), \qquad q_1 = -\gamma \nabla_q L_{S_2}(0, w_1), \qquad
        w_2 = -\eta \nabla_w L_{S_3}(q_1, w_1)

    Parameters
    ----------
    model
        Core model, any ρ and π, σ > 0, m < T.
    step
        1, 2 or 3: parameters (q, w) = (0, w₁), (q₁, w₁) or (q₁, w₂).
    eta, gamma
        Step sizes of head and prompt, positive.
    n_samples
        n of every batch, a number or (steps 2 and 3) inf.
    debias
        Whether the coordinate along q_* is removed from the head: the part of f that q_* contributes whatever the label.
        It enters `alignment_w` and `error`; the steps themselves use the raw head.
    loss
        "squared", or "logistic" for steps 1 and 2.
    points
        Points per shifted net, a power of two; accuracy against time.

    Returns
    -------
    dict of Prediction
        "alignment_w", "alignment_q": expected cosines of w with w_* and of q with q_* (of a zero prompt: 0).
        "relevant_mass": expected attention on the relevant tokens of new data. "error": expected test error of sign f.
        The first step is exact. `abs_error` of the others is four standard errors over the shifted nets.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain, or γ is so large that the scores of noise tokens spread by more than 25.

    Notes
    -----
    Derived in docs/trajectory.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> first = trajectory(model, step=1, eta=1.0, gamma=1.0, n_samples=500)
    >>> print(f"{first['error'].value:.4f} {first['relevant_mass'].value:.5f}")
    0.3473 0.09375
    """
    step = int(_STEPS.member("step", step))
    eta, gamma = (float(Interval(0, open_lower=True).member(k, v)) for k, v in (("eta", eta), ("gamma", gamma)))
    if model.noise_std == 0 or model.n_irrelevant == 0:
        raise ParameterError("noise_std", "positive, with n_relevant < n_tokens", model.noise_std)
    if LOSSES.member("loss", loss) == "logistic" and step == 3:
        raise ParameterError("loss", "squared for the third step", loss)
    if model.signal_norm == 0 or (debias and abs(model.correlation) == 1):
        raise ParameterError("signal_norm", "such that w_* has a part for the head to align with", model.signal_norm)
    if step == 1:
        return {
            "alignment_w": first_alignment(model, n_samples=n_samples, debias=debias),
            "alignment_q": Prediction(0.0, 0.0, "exact", "the prompt is zero"),
            "relevant_mass": Prediction(model.relevant_fraction, 0.0, "exact", "the prompt is zero"),
            "error": first_error(model, n_samples=n_samples, debias=debias),
        }
    law = parameter_points(
        model, eta=eta, gamma=gamma, n_samples=n_samples, points=points * _RATIO[step], with_second=step == 3, loss=loss
    )
    check_score_spread(model, law.prompt, gamma)
    heads = (law.first_head if law.second_head is None else law.second_head).copy()
    heads[:, 0] *= not debias
    signal = model.signal_norm * np.array([model.correlation * (not debias), np.sqrt(1 - model.correlation**2)])
    aligned_w = _cosines(heads[:, :2] @ signal, heads, float(np.linalg.norm(signal)))
    aligned_q = _cosines(law.prompt[:, 0], law.prompt, 1.0)
    controls = np.stack([aligned_w, aligned_q, *_surrogates(model, law.prompt, heads)], axis=1)
    few = [(q, w) for q, w in zip(_leading(law.prompt, points), _leading(heads, points), strict=True)]
    masses = np.array([expected_mass(model, q) for q, _ in few])
    errors = np.array([parameter_error(model, q, w) for q, w in few])
    return {
        "alignment_w": _averaged(aligned_w) if step == 3 else first_alignment(model, n_samples=n_samples, debias=debias),
        "alignment_q": _averaged(aligned_q),
        "relevant_mass": _controlled(masses, controls, points),
        "error": _controlled(errors, controls, points),
    }


def expected_mass(model: ContextualModel, prompt: Floats) -> float:
    r"""E A given the prompt, shape (D,), D >= 2: attention on the relevant tokens of a new sample, exact at finite T."""
    scores = [min(score, _LARGEST_SCORE) for score in _scores(model, prompt)]
    log_a = [np.log(model.n_relevant) + score for score in scores]
    masses = softmax_moments(log_a, model.n_irrelevant, model.noise_std * float(np.linalg.norm(prompt)), [(1, 0, 0)], step=1.5)[0]
    return float(model.label_prior * masses[0] + (1 - model.label_prior) * masses[1])


def parameter_error(model: ContextualModel, prompt: Floats, head: Floats, *, step: float = 1.5) -> float:
    r"""P(sign f ≠ y) given prompt and head, exact at finite T.

    .. math::

        f \propto m\, e^{q^\top u_y}\, w^\top u_y + \sigma |w| \sum_{t \le m'} e^{\sigma|q| g_t} (g_t\cos\theta + h_t\sin\theta),
        \qquad u_y = q_* + y w_*

    Parameters
    ----------
    model
        Core model.
    prompt, head
        Shape (D,), first coordinate along q̂_*, second along the part of w_* orthogonal to it.
    step
        Factor on the quadrature steps: 1 for 1e-9, 1.5 for 1e-6.

    Examples
    --------
    At q = 0 it is the normal tail at the signal-to-noise ratio of mean pooling:

    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=3, signal_norm=0.6, context_norm=2.0)
    >>> round(parameter_error(model, np.zeros(3), np.array([0.0, 1.0, 0.0])), 6)
    0.318212
    """
    lengths = float(np.linalg.norm(prompt)), float(np.linalg.norm(head))
    if lengths[1] == 0:
        return 0.5
    cosine = float(prompt @ head) / (lengths[0] * lengths[1]) if lengths[0] > 0 else 0.0
    signal = model.signal_norm * np.array([model.correlation, np.sqrt(1 - model.correlation**2)])
    total = 0.0
    for y, prior, score in zip((1.0, -1.0), (model.label_prior, 1 - model.label_prior), _scores(model, prompt), strict=True):
        mean = float(head[0]) * model.context_norm + y * float(head[:2] @ signal)
        threshold = y * mean * model.n_relevant * np.exp(min(score, _LARGEST_SCORE)) / (model.noise_std * lengths[1])
        score_std = model.noise_std * lengths[0]
        total += prior * score_sum_distribution(-threshold, model.n_irrelevant, score_std, y * cosine, step=step)
    return total


def _surrogates(model: ContextualModel, prompts: Floats, heads: Floats) -> list[Floats]:
    r"""Rough values of error and attention, vectorised: they steer the integration, never the result."""
    s = model.noise_std * np.linalg.norm(prompts, axis=1)
    log_count = np.log(model.n_irrelevant)
    frozen = s * np.sqrt(2 * log_count)
    log_sum = np.where(s**2 < 2 * log_count, log_count + s**2 / 2, frozen)
    log_square = np.where(s**2 < log_count / 2, log_count / 2 + s**2, frozen)
    signal = model.signal_norm * np.array([model.correlation, np.sqrt(1 - model.correlation**2)])
    spread = model.noise_std * np.linalg.norm(heads, axis=1)
    features = [np.zeros(len(prompts)) for _ in range(5)]
    for y, prior in ((1.0, model.label_prior), (-1.0, 1 - model.label_prior)):
        log_a = np.log(model.n_relevant) + prompts[:, 0] * model.context_norm + y * prompts[:, :2] @ signal
        margin = y * heads[:, 0] * model.context_norm + heads[:, :2] @ signal
        for index, offset in enumerate((-1.0, 0.0, 1.0)):
            features[index] += prior * ndtr(-margin / spread * np.exp(np.minimum(log_a - log_square - offset, 50.0)))
        features[3] += prior * expit(log_a - log_sum)
        features[4] += prior * expit(log_a - log_sum) ** 2
    return features


def _scores(model: ContextualModel, prompt: Floats) -> tuple[float, float]:
    r"""qᵀ(q_* + y w_*) for y = ±1."""
    along = float(prompt[0]) * model.context_norm
    signal = model.signal_norm * np.array([model.correlation, np.sqrt(1 - model.correlation**2)])
    tilt = float(prompt[:2] @ signal)
    return along + tilt, along - tilt


def _cosines(inner: Floats, vectors: Floats, length: float) -> Floats:
    result: Floats = inner / (np.linalg.norm(vectors, axis=1) * length)
    return result


def _leading(values: Floats, points: int) -> Floats:
    r"""The first `points` of every shifted net: a net themselves."""
    return values.reshape(SHIFTS, -1, *values.shape[1:])[:, :points].reshape(-1, *values.shape[1:])


def _averaged(values: Floats) -> Prediction:
    return _prediction(values.reshape(SHIFTS, -1).mean(axis=1))


def _controlled(values: Floats, controls: Floats, points: int) -> Prediction:
    r"""Mean of values known at the leading points, with the controls' means over all points (linear regression)."""
    few = _leading(controls, points)
    slopes = np.linalg.lstsq(few - few.mean(axis=0), values - values.mean(), rcond=1e-10)[0]
    gain = controls.reshape(SHIFTS, -1, controls.shape[1]).mean(axis=1) - few.reshape(SHIFTS, points, -1).mean(axis=1)
    return _prediction(values.reshape(SHIFTS, points).mean(axis=1) + gain @ slopes)


def _prediction(means: Floats) -> Prediction:
    error = 4 * float(means.std(ddof=1)) / float(np.sqrt(SHIFTS)) + 1e-6
    return Prediction(float(means.mean()), error, "matched-moments", _REGIME)
