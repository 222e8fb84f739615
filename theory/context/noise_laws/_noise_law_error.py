r"""The error of the population head when the noise is not Gaussian."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from theory.context.noise_laws._score_laws import ScoreLaw, coordinate_characteristic, score_law

__all__ = ["error_with_noise"]

Real = NDArray[np.float64]

_STEP = 0.02  # in log ω; half of it changes rounding alone
_REACH = 34.0  # nats below 1/c from where sin(ωc), then below e^{−34} = 2e-15, counts
_END = 12.0  # log ω at which the characteristic function must have vanished
_FAINT = 1e-19  # weights of scores that are left out
_BLOCK = 64  # values of ω at once
_NEGLIGIBLE = 1e-11  # modulus of ψ^{m'} at which the integral ends


def error_with_noise(log_threshold: float, n_irrelevant: int, score_std: float, law: str, touched: int) -> float:
    r"""`P(Σ e^{s g_t} h_t > c)`, g_t and h_t averages over k coordinates of one token: the error of the head along w_*.

    .. math:: P = \frac12 - \frac1\pi \int_0^\infty \sin(\omega c)\, \psi(\omega)^{m'}\, \frac{d\omega}\omega, \qquad
              \psi(\omega) = E\, \varphi_h(\omega e^{s g}),

    `q_*` has equal weight on k coordinates and w_* on k others. A scale that a token shares among its coordinates makes g and h
    dependent; given the scale they are Gaussian.

    Parameters
    ----------
    log_threshold
        log c, `c = aW/σ`.
    n_irrelevant
        m' ≥ 1; for "rademacher", whose sums are discrete, so large that ψ^{m'} vanishes.
    score_std
        s ≥ 0.
    law
        Key of `EXCESS_KURTOSIS`.
    touched
        k ≥ 1, k ≥ 4 for "uniform".

    Returns
    -------
    float

    Raises
    ------
    ArithmeticError
        If ψ^{m'} has not vanished where the integral ends.

    Notes
    -----
    Equation :eq:`eq-context-other-noise` of docs/context.md. Absolute accuracy about 1e-10.

    Examples
    --------
    >>> print(f"{error_with_noise(math.log(30.0), 40, 0.4, 'gaussian', 1):.12f}")
    0.000046287424
    """
    parts = _mixture(law, touched)
    log_omega = _STEP * np.arange(-(_REACH + log_threshold) // _STEP, _END // _STEP)
    threshold = math.exp(log_threshold)
    total, last = 0.0, 1.0
    for start in range(0, len(log_omega), _BLOCK):
        omega = np.exp(log_omega[start : start + _BLOCK])
        power = np.abs(psi := _psi(omega, score_std, parts, touched)) ** n_irrelevant * np.sign(psi) ** n_irrelevant
        total += _STEP * float((np.sin(omega * threshold) * power).sum())
        last = float(np.abs(power).max())
        if last < _NEGLIGIBLE:
            return 0.5 - total / math.pi
    raise ArithmeticError(f"the characteristic function does not vanish: still {last:.1e} for {law} noise, k = {touched}")


def _mixture(law: str, touched: int) -> list[tuple[float, float, ScoreLaw, str]]:
    """Weight, scale, law of the score given the scale, and name of the law of a coordinate given the scale."""
    if law == "scale-mixture":
        return [(0.5, math.sqrt(scale), score_law("gaussian", 1), "gaussian") for scale in (0.5, 1.5)]
    return [(1.0, 1.0, score_law(law, touched), law)]


def _psi(omega: Real, score_std: float, parts: list[tuple[float, float, ScoreLaw, str]], touched: int) -> Real:
    total = np.zeros_like(omega)
    for weight, scale, scores, name in parts:
        kept = scores.weights > _FAINT
        x = scale * np.exp(score_std * scale * scores.points[kept])
        total += weight * (coordinate_characteristic(name, omega[:, None] * x, touched) @ scores.weights[kept])
    return total
