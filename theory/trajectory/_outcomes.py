r"""Alignments, attention on relevant tokens and test error after each of the three steps."""

import numpy as np
from numpy.typing import NDArray

from theory.model import ContextualModel, ParameterError, Prediction, Steps
from theory.numerics import SHIFTS
from theory.trajectory._decision import Decision, decisions
from theory.trajectory._first_head import first_alignment, first_error
from theory.trajectory._matching_error import PROBE_POINTS, MatchingError
from theory.trajectory._parameter_law import check_score_spread, parameter_points
from theory.trajectory._pooled_error import Budget
from theory.trajectory._sampled_errors import sampled_errors
from theory.trajectory._tabulated_outcomes import (
    LEAST_TABLE_ANGLE,
    angle_loss,
    direct_errors,
    interpolated_errors,
    moment_values,
)

__all__ = ["KEYS", "expected_mass", "parameter_error", "single_outcome", "trajectory"]

Floats = NDArray[np.float64]

KEYS = ("alignment_w", "alignment_q", "relevant_mass", "error")
_POINTS = 4096  # of each lattice: below one per mille of an error in the tests
_DIRECT = 8  # pairs of every lattice at which the table is corrected
_TABLES = 1e-6  # part of every stated error: the tolerance of the tabulated moments
_MOST_VALUES = 3e7  # of the kernel of inversion integrals, about a second
_REGIME = "q₁ | w₁ and w₂ | q₁, w₁ Gaussian with their exact moments: calibrated model_error"
_CUBIC = "; residual of the third step replaced by a cubic"


def trajectory(model: ContextualModel, steps: Steps, n_samples: float, *, points: int = _POINTS) -> dict[str, Prediction]:
    r"""What the parameters are and do after one, two or three gradient steps on fresh batches of n samples.

    .. math::

        w_1 = -\eta \nabla_w L_{S_1}(0, 0), \qquad q_1 = -\gamma \nabla_q L_{S_2}(0, w_1), \qquad
        w_2 = -\eta \nabla_w L_{S_3}(q_1, w_1)

    Parameters
    ----------
    model
        Any shift, ρ and π; σ > 0, m < T.
    steps
        The steps. After step 1, 2 or 3 the parameters (q, w) are (0, w₁), (q₁, w₁) or (q₁, w₂). Debiasing removes the part of f
        that q_* contributes whatever the label; it enters `alignment_w` and `error`, the steps themselves use the raw head.
    n_samples
        n of every batch, a number or inf.
    points
        Points of each shifted copy of the lattice: 64, 256, 1024, 4096 or 16384; accuracy against time.

    Returns
    -------
    dict of Prediction
        "alignment_w", "alignment_q": expected cosines of w with w_* and of q with q_* (of a zero prompt: 0).
        "relevant_mass": expected attention on the relevant tokens of new data. "error": expected test error of sign f.
        The first step is exact for finite shifts. `abs_error` of the others is four standard errors over the shifted lattices,
        `model_error` that of `MatchingError`: calibrated; ∞ under a uniform box.

    Raises
    ------
    ParameterError
        If the model is not covered, or γ is so large that the scores of noise tokens spread by more than 25.

    Notes
    -----
    Equations :eq:`eq-trajectory-steps` (the steps), :eq:`eq-trajectory-first-cosine` and :eq:`eq-trajectory-first-error` (after
    the first one), :eq:`eq-trajectory-mass` and :eq:`eq-trajectory-error` (after the others, at parameters with the moments
    :eq:`eq-trajectory-prompt` and :eq:`eq-trajectory-second-moments`) of docs/trajectory.md.

    The error of given parameters is a function of few scalars, tabulated and interpolated; its mean over the points is corrected
    by inversion integrals at the first points (at most eight) of every lattice, so that the table steers the integration and
    leaves no bias.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> first = trajectory(model, Steps(step=1), 500)
    >>> print(f"{first['error'].value:.4f} {first['relevant_mass'].value:.5f}")
    0.3473 0.09375
    """
    terms = _Terms(model, steps, n_samples, points)
    return {key: terms.outcome(key) for key in KEYS}


def single_outcome(model: ContextualModel, steps: Steps, n_samples: float, key: str, *, points: int = _POINTS) -> Prediction:
    r"""One entry of `trajectory`, at its own cost: an alignment needs no table."""
    return _Terms(model, steps, n_samples, points).outcome(key)


class _Terms:
    r"""The parameters after a step as points of equal weight, and what is expected of them."""

    def __init__(self, model: ContextualModel, steps: Steps, n: float, points: int) -> None:
        if model.n_irrelevant == 0:
            raise ParameterError("n_relevant", "below n_tokens for the first gradient steps", model.n_relevant)
        if model.noise_std == 0:
            raise ParameterError("noise_std", "positive for the first gradient steps", model.noise_std)
        if model.signal_norm == 0 or (steps.debias and abs(model.correlation) == 1):
            raise ParameterError("signal_norm", "such that w_* has a part for the head to align with", model.signal_norm)
        self.model, self.steps, self.n = model, steps, n
        if steps.step > 1:
            law = parameter_points(model, steps, n, points=points)
            check_score_spread(model, law.prompt, steps.gamma)
            self.prompts = law.prompt
            self.heads = (law.first_head if law.second_head is None else law.second_head).copy()
            self.heads[:, 0] *= not steps.debias
            self.left = MatchingError(model, steps, n, self._values)
            self.regime = _REGIME + (_CUBIC if steps.loss == "logistic" and steps.step == 3 else "")

    def outcome(self, key: str) -> Prediction:
        r"""The expectation of the name."""
        return {
            "alignment_w": self._alignment_w,
            "alignment_q": self._alignment_q,
            "relevant_mass": self._mass,
            "error": self._error,
        }[key]()

    def _alignment_w(self) -> Prediction:
        model = self.model
        if self.steps.step < 3:
            return first_alignment(model, n_samples=self.n, debias=self.steps.debias)
        return self._averaged("alignment_w")

    def _alignment_q(self) -> Prediction:
        if self.steps.step == 1:
            return Prediction(0.0, 0.0, "exact", "the prompt is zero", model_error=0.0)
        return self._averaged("alignment_q")

    def _mass(self) -> Prediction:
        if self.steps.step == 1:
            return Prediction(self.model.relevant_fraction, 0.0, "exact", "the prompt is zero", model_error=0.0)
        return self._averaged("relevant_mass")

    def _error(self) -> Prediction:
        r"""Interpolated values at all points, and what they miss at the first points of every lattice."""
        model = self.model
        if self.steps.step == 1:
            return first_error(model, n_samples=self.n, debias=self.steps.debias)
        prompts, heads = self.prompts, self.heads
        if np.ptp(prompts, axis=0).max() + np.ptp(heads, axis=0).max() == 0:
            value = parameter_error(model, prompts[0], heads[0])
            return Prediction(value, _TABLES, "matched-moments", self.regime, model_error=self.left.of("error"))
        decision = decisions(model, prompts, heads)
        try:
            means = self._interpolated_means(decision)
            return self._prediction("error", means, angle_loss(decision))
        except ArithmeticError:
            values = sampled_errors(decision, model.n_irrelevant, per_lattice=len(prompts) // SHIFTS) @ decision.atoms.probability
            return self._prediction("error", values.reshape(SHIFTS, -1).mean(axis=1))

    def _interpolated_means(self, decision: Decision) -> Floats:
        r"""The mean error of every lattice; `ArithmeticError` if the inversion integrals take too long."""
        model, prior = self.model, decision.atoms.probability
        values = interpolated_errors(model, decision, budget=Budget(_MOST_VALUES)) @ prior
        lattices = np.arange(len(values)).reshape(SHIFTS, -1)
        first = lattices[:, : min(_DIRECT, lattices.shape[1] // 16)].ravel()
        some = decisions(model, self.prompts[first], self.heads[first])
        direct = direct_errors(model, some, least_angle=LEAST_TABLE_ANGLE, budget=Budget(_MOST_VALUES)) @ prior
        means: Floats = values.reshape(SHIFTS, -1).mean(axis=1) + (direct - values[first]).reshape(SHIFTS, -1).mean(axis=1)
        return means

    def _values(self, key: str, prompts: Floats, heads: Floats) -> Floats:
        r"""An outcome of every pair of a prompt and a head that is judged, the error less carefully than `_error`."""
        model = self.model
        if key == "alignment_w":
            rho = model.correlation
            signal = model.signal_norm * np.array([rho * (not self.steps.debias), np.sqrt(1 - rho**2)])
            return _cosines(heads[:, :2] @ signal, heads, float(np.linalg.norm(signal)))
        if key == "alignment_q":
            return _cosines(prompts[:, 0], prompts, 1.0)
        if key == "relevant_mass":
            return _masses(model, prompts)
        decision = decisions(model, prompts, heads)
        try:
            errors = interpolated_errors(model, decision, budget=Budget(_MOST_VALUES))
        except ArithmeticError:
            errors = sampled_errors(decision, model.n_irrelevant, per_lattice=PROBE_POINTS)
        result: Floats = errors @ decision.atoms.probability
        return result

    def _averaged(self, key: str) -> Prediction:
        values = self._values(key, self.prompts, self.heads)
        return self._prediction(key, values.reshape(SHIFTS, -1).mean(axis=1))

    def _prediction(self, key: str, means: Floats, loss: float = 0.0) -> Prediction:
        error = loss + 4 * float(means.std(ddof=1)) / float(np.sqrt(SHIFTS)) + _TABLES
        return Prediction(float(means.mean()), error, "matched-moments", self.regime, model_error=self.left.of(key))


def expected_mass(model: ContextualModel, prompt: Floats) -> float:
    r"""E A given the prompt, shape (D,), D >= 2: attention on the relevant tokens of a new sample, exact at finite T.

    Notes
    -----
    Equation :eq:`eq-trajectory-mass` of docs/trajectory.md.
    """
    return float(_masses(model, np.asarray(prompt, dtype=float)[None])[0])


def parameter_error(model: ContextualModel, prompt: Floats, head: Floats) -> float:
    r"""P(sign f ≠ y) given prompt and head, exact at finite T.

    .. math::

        f \propto m\, e^{q^\top (u - v)}\, w^\top u + \sigma |w| \sum_{t \le m'} e^{\sigma|q| g_t}
        (b + g_t\cos\theta + h_t\sin\theta), \qquad \sigma|w|\, b = w^\top v

    with u and v the means of relevant and irrelevant tokens given the label and the shift.

    Parameters
    ----------
    model
        The law of the data.
    prompt, head
        Shape (D,), first coordinate along q̂_*, second along the part of w_* orthogonal to it.

    Notes
    -----
    Equation :eq:`eq-trajectory-error` of docs/trajectory.md.

    Examples
    --------
    At q = 0 it is the normal tail at the signal-to-noise ratio of mean pooling:

    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=3, signal_norm=0.6, context_norm=2.0)
    >>> round(parameter_error(model, np.zeros(3), np.array([0.0, 1.0, 0.0])), 6)
    0.318212
    """
    q, w = np.asarray(prompt, dtype=float), np.asarray(head, dtype=float)
    if not w.any():
        return 0.5
    decision = decisions(model, q[None], w[None])
    return float(direct_errors(model, decision)[0] @ decision.atoms.probability)


def _masses(model: ContextualModel, prompts: Floats) -> Floats:
    r"""E A under every prompt, shape (P,)."""
    decision = decisions(model, prompts, np.ones_like(prompts))
    log_a = decision.log_attention
    values = moment_values(model, log_a, np.broadcast_to(decision.score_std[:, None], log_a.shape), [(1, 0, 0)])[0]
    result: Floats = np.clip(values, 0.0, 1.0) @ decision.atoms.probability
    return result


def _cosines(inner: Floats, vectors: Floats, length: float) -> Floats:
    r"""Cosines of rows whose squares may be too small for a double; 0 for a zero row."""
    largest = np.abs(vectors).max(axis=1)
    scale = np.where(largest > 0, largest, 1.0)
    lengths = np.linalg.norm(vectors / scale[:, None], axis=1) * length
    result: Floats = np.divide(inner / scale, lengths, out=np.zeros(len(vectors)), where=lengths > 0)
    return result
