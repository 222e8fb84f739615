r"""What the steps are compared with: the best known prompt, and infinitely large prompt steps."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr, ndtr

from theory.model import ContextualModel, Interval, Steps, refuse_beyond
from theory.numerics import gauss_legendre
from theory.trajectory._outcomes import parameter_error
from theory.trajectory._parameter_law import parameter_points

__all__ = ["best_known_prompt", "hard_attention", "large_step_limit"]

Floats = NDArray[np.float64]

_REACH = 9.0  # a score beyond it has probability 1e-19
_ORDER = 96  # Gauss nodes: off by 6e-11 at m' = 1e5 (against 192), by less for fewer tokens


def best_known_prompt(model: ContextualModel) -> tuple[float, float]:
    r"""(τ, error): the best prompt τ q_*/Q for the head w_* itself, and its error: what the two directions, both known, allow.

    .. math:: \min_\tau\; P\bigl(\sign w_*^\top X^\top \softmax(\tau X \hat q_*) \ne y\bigr), \qquad \rho = 0

    Raises
    ------
    ParameterError
        If the model has a shift, ρ ≠ 0, or no noise.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> print("{:.2f} {:.4f}".format(*best_known_prompt(model)))
    1.23 0.0814
    """
    refuse_beyond(model, "the best known prompt", {"label_prior"})
    Interval(0, open_lower=True).member("noise_std", model.noise_std)
    head = np.array([0.0, 1.0])

    def error(strength: float) -> float:
        return parameter_error(model, np.array([strength, 0.0]), head)

    scale = model.context_norm / model.noise_std**2
    coarse = scale * np.linspace(0.05, 2.5, 25)  # in long contexts the best τ is scale/2
    start = float(coarse[np.argmin([error(tau) for tau in coarse])])
    # the error is flat at its minimum: 1e-4 of τ is about 1e-8 of the error
    found = minimize_scalar(error, bounds=(0.7 * start, 1.4 * start), method="bounded", options={"xatol": 1e-4 * start})
    return float(found.x), float(found.fun)


def hard_attention(model: ContextualModel, direction: Floats, head: Floats) -> tuple[float, float]:
    r"""(mass, error) for the prompt Γ·direction as Γ → ∞: all attention goes to the token with the largest score.

    .. math::

        \mathrm{mass} = E_y\, \Phi(a_y)^{m'}, \qquad a_y = \frac{q^\top u_y}{\sigma|q|}, \qquad
        \mathrm{error} = E_y\Bigl[ \mathbf 1\{y w^\top u_y < 0\} \Phi(a_y)^{m'}
            + \int_{a_y}^\infty \Phi(-y g \cot\theta)\, d\Phi(g)^{m'} \Bigr]

    Parameters
    ----------
    model
        Core model, σ > 0.
    direction, head
        q and w, shape (D,), first coordinate along q̂_*, second along the part of w_* orthogonal to it; θ the angle between them.

    Notes
    -----
    Equation :eq:`eq-trajectory-hard` of docs/trajectory.md.
    """
    refuse_beyond(model, "the limit of long prompts", {"correlation", "label_prior"})
    q = direction / np.linalg.norm(direction)
    cosine = float(q @ head) / float(np.linalg.norm(head))
    cotangent = cosine / np.sqrt((1 - cosine) * (1 + cosine))
    signal = model.signal_norm * np.array([model.correlation, np.sqrt(1 - model.correlation**2)])
    mass, error, rest = 0.0, 0.0, model.n_irrelevant
    for y, prior in ((1.0, model.label_prior), (-1.0, 1 - model.label_prior)):
        relevant = np.array([model.context_norm, 0.0]) + y * signal
        score = float(q[:2] @ relevant) / model.noise_std
        won = float(np.exp(rest * log_ndtr(score)))
        margin = y * float(head[:2] @ relevant)
        nodes, weights = gauss_legendre(_ORDER)
        low = min(max(score, -_REACH), _REACH)
        g = low + (_REACH - low) * nodes
        density = rest * np.exp((rest - 1) * log_ndtr(g) - g * g / 2) / np.sqrt(2 * np.pi) if rest else np.zeros_like(g)
        lost = float((_REACH - low) * (weights * density) @ ndtr(-y * cotangent * g))
        mass += prior * won
        error += prior * (won * (margin < 0) + lost)
    return mass, error


def large_step_limit(
    model: ContextualModel, *, eta: float, n_samples: float, debias: bool = True, points: int = 256
) -> tuple[float, float]:
    r"""(mass, error) after two steps as γ → ∞, averaged over the law of (w₁, q₁).

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> mass, error = large_step_limit(model, eta=1.0, n_samples=2000)
    >>> print(f"{mass:.2f} {error:.2f}")
    0.22 0.40
    """
    law = parameter_points(model, Steps(step=2, eta=eta), n_samples, points=points)
    heads = law.first_head.copy()
    heads[:, 0] *= not debias
    pairs = [hard_attention(model, q, w) for q, w in zip(law.prompt, heads, strict=True)]
    mass, error = np.mean(pairs, axis=0)
    return float(mass), float(error)
