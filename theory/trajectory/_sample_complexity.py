r"""How many samples the first steps need to reach a target, and the leading terms that give the exponents."""

import math

import numpy as np

from theory.model import Choice, ContextualModel, Interval, Steps, refuse_beyond
from theory.trajectory._first_head import first_alignment, first_error
from theory.trajectory._parameter_law import parameter_points
from theory.trajectory._required_samples import smallest_count

__all__ = ["QUANTITIES", "leading_samples", "prompt_alignment", "sample_complexity"]

QUANTITIES = Choice(("alignment_w", "alignment_q", "error"))
_POINTS = 256  # of each shifted lattice: the mean cosine is off by 2e-4 or less (against 16384, n = 30 … 3000)


def sample_complexity(
    model: ContextualModel, target: float, *, quantity: str = "alignment_w", eta: float = 1e-3, debias: bool = True
) -> int:
    r"""The smallest n at which what a step learns reaches its target; `required_samples` has every goal after every step.

    Parameters
    ----------
    model
        Core model.
    target
        Expected cosine in (0, 1), or expected error in (0, ½).
    quantity
        "alignment_w": cos(w₁, w_*), exact. "error": of the head after step 1, exact. "alignment_q": cos(q₁, q_*).
    eta
        η; only "alignment_q" depends on it. The step size γ has no influence on any of the three.
    debias
        Whether the head loses its coordinate along q_*.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If the target cannot be reached with 2^40 samples.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
    >>> sample_complexity(model, 0.8), sample_complexity(model, 0.35, quantity="error")
    (307, 342)
    """
    QUANTITIES.member("quantity", quantity)
    target = float(Interval(0, 1, open_lower=True, open_upper=True).member("target", target))
    if quantity == "alignment_w":
        return smallest_count(lambda n: first_alignment(model, n_samples=n, debias=debias).value >= target)
    if quantity == "error":
        return smallest_count(lambda n: first_error(model, n_samples=n, debias=debias).value <= target)
    return smallest_count(lambda n: prompt_alignment(model, eta=eta, n_samples=n) >= target)


def prompt_alignment(model: ContextualModel, *, eta: float, n_samples: float, points: int = _POINTS) -> float:
    r"""E cos(q₁, q_*) with n samples in both batches; independent of γ.

    Parameters
    ----------
    model
        Core model, or with any shift.
    eta
        η > 0.
    n_samples
        n, a number or inf.
    points
        As for `trajectory`.

    Notes
    -----
    Equation :eq:`eq-trajectory-prompt` of docs/trajectory.md: the mean over `parameter_points`, whose moments are these.
    """
    law = parameter_points(model, Steps(step=2, eta=eta), n_samples, points=points)
    return float(np.mean(law.prompt[:, 0] / np.linalg.norm(law.prompt, axis=1)))


def leading_samples(model: ContextualModel, cosine: float, *, quantity: str = "alignment_w") -> float:
    r"""Leading order of n for an alignment, small η, ρ = 0, balanced labels.

    .. math::

        \tan^2\angle(w_1, w_*) \simeq \frac{d-2}{n\kappa^2}, \qquad
        \tan^2\angle(q_1, q_*) \simeq \frac an + \frac{b}{n^2}, \qquad \kappa^2 = \frac{\zeta^2W^2T}{(1-\zeta)\sigma^2},

    .. math::

        a = U\Bigl[d - 2 + m' - \frac{d-1}{m'}\Bigr] + \frac{\sigma^2(d-2)}{m'Q^2}\Bigl(1 + \frac{\sigma^2}{m'W^2}\Bigr)
            + \frac{2\sigma^2}{\zeta Q^2}\Bigl(1 - \frac1{m'}\Bigr) + \frac{Q^2}{W^2} + \frac{W^2}{Q^2} + \frac1{\kappa^2},

    .. math:: b = U (d - 2 + m') \Bigl(\frac d{\kappa^2} + \frac{Q^2}{W^2}\Bigr), \qquad
              U = \frac{\sigma^4}{\zeta^2(1-\zeta)T\,W^2Q^2}

    (the head debiased, its angle in d - 1 dimensions). n is the positive solution for tan² of the target angle.

    Parameters
    ----------
    model
        Core model, ρ = 0, π = 1/2.
    cosine
        Target in (0, 1).
    quantity
        "alignment_w" (debiased) or "alignment_q".

    Notes
    -----
    Equations :eq:`eq-trajectory-angles` and :eq:`eq-trajectory-leading` of docs/trajectory.md.
    """
    Choice(("alignment_w", "alignment_q")).member("quantity", quantity)
    refuse_beyond(model, "the leading order")
    zeta, T, d, rest = model.relevant_fraction, model.n_tokens, model.dim, model.n_irrelevant
    W2, Q2, noise = model.signal_norm**2, model.context_norm**2, model.noise_std**2
    kappa2 = zeta**2 * W2 * T / ((1 - zeta) * noise)
    tangent2 = 1 / cosine**2 - 1
    if quantity == "alignment_w":
        return (d - 2) / (kappa2 * tangent2)
    unit = noise**2 / (zeta**2 * (1 - zeta) * T * W2 * Q2)
    mean_noise = noise * (d - 2) / (rest * Q2) * (1 + noise / (rest * W2)) + 2 * noise / (zeta * Q2) * (1 - 1 / rest)
    a = unit * (d - 2 + rest - (d - 1) / rest) + mean_noise + Q2 / W2 + W2 / Q2 + 1 / kappa2
    b = unit * (d - 2 + rest) * (d / kappa2 + Q2 / W2)
    return (a + math.sqrt(a * a + 4 * b * tangent2)) / (2 * tangent2)
