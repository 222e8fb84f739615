r"""The upper tail of the noise gain above one half, where a single token dominates: one-dimensional integrals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, loggamma

from theory.context.lognormal import scale_range
from theory.numerics import complex_exp, log_power

__all__ = ["gain_above"]

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

_STEP = 0.12  # of log λ; all steps halved change 2e-12
_REACH = 9.5  # scores beyond have probability 2e-21
_TURN = 0.6  # angle of the ray of λ: e^{−λB} still decays, and the sums over ν cancel less
_TERMS = 60  # of the series in c at the most; all that e^{−30} asks for where x > 0.63
_DIGITS = 30.0  # nats of accuracy, e^{−30} = 1e-13, of the series in c and of the step in ν
_DEAD = 40.0  # nats of e^{ν²s²/2} along the vertical line that no longer count
_HIGHEST = 25.0  # largest ν at which the saddle point is looked for
_CAP, _OVERFLOW = 690.0, 700.0  # exponents short of overflow, with room for a factor and without


def gain_above(log_a: float, n_terms: int, score_std: float, gain: float, *, step: float = 1.0) -> tuple[float, float]:
    r"""`P(C² > x)` for x > 1/2 by the token that dominates.

    `C² ≤ max p_t`, so that `C² > x > 1/2` singles out one token. With `B = a + Σ X_t` and `c = Σ X_t²/B²` of the others,

    .. math:: P(C^2 > x) = m'\, E\,Q\Bigl(\frac{\log B\rho(c)}s\Bigr)
              = \frac{m'}{2\pi i} \int e^{\nu^2s^2/2}\, E\bigl[B^{-\nu}\rho(c)^{-\nu}\bigr] \frac{d\nu}\nu, \qquad
              \rho(c) = \frac{x + \sqrt{x - (1-x)c}}{1 - x},

    `ρ^{−ν} = Σ_j b_j(ν) c^j`, and `E[B^{−ν} c^j]` is an integral over λ of `E[(Σ X_t²)^j e^{−λB}]`.

    Parameters
    ----------
    log_a
        log a.
    n_terms
        m' ≥ 2.
    score_std
        s > 0.
    gain
        x in (1/2, 1).
    step
        Factor on all steps.

    Returns
    -------
    value, error
        The probability, and an estimate of its absolute error.

    Notes
    -----
    Equation :eq:`eq-context-dominating` of docs/context.md. Cost independent of m'; relative accuracy from s of about 0.5
    on, however small the tail.

    Examples
    --------
    >>> value, error = gain_above(1.0, 9, 2.3, 0.8)
    >>> print(f"{value:.10f}", error < 1e-10)
    0.0731757667 True
    """
    terms = min(_TERMS, max(6, math.ceil(_DIGITS / math.log(gain / (1.0 - gain)))))
    others = _Others(log_a, n_terms - 1, score_std, terms, step)

    def log_size(nu: float) -> float:
        value = abs(complex(others.expectation(np.array([nu + 0j]), gain)[0].sum()))
        return 0.5 * (nu * score_std) ** 2 + math.log(value + 1e-300) - math.log(nu)

    # the smallest of 28 is near enough: a vertical line need not run through the saddle point exactly
    candidates = np.geomspace(0.08, min(40.0, _HIGHEST * score_std), 28) / score_std
    start = float(candidates[int(np.argmin([log_size(float(nu)) for nu in candidates]))])
    h = step * min(2.0 * math.pi * start / _DIGITS, 0.5 / score_std)
    nu = (start + 1j * h * np.arange(0.0, math.sqrt(2.0 * _DEAD) / score_std / h)).astype(np.complex128)
    parts = others.expectation(nu, gain)
    factor = np.exp(0.5 * (nu * score_std) ** 2) / nu * (n_terms * h / math.pi)
    factor[0] *= 0.5
    value = float((factor * parts.sum(axis=1)).real.sum())
    # what follows the last terms of a series of ratio (1 − x)/x
    cut = float((np.abs(factor) * np.abs(parts[:, -2:]).sum(axis=1)).sum()) / max(2.0 - 1.0 / gain, 0.05)
    rounding = 1e-14 * float((np.abs(factor) * others.rounding(nu, gain)).sum())
    return value, cut + rounding + 1e-12 * abs(value)


class _Others:
    r"""`E[B^{−ν} ρ(c)^{−ν}]` term by term, over the m' − 1 tokens that do not dominate."""

    def __init__(self, log_a: float, count: int, score_std: float, terms: int, step: float) -> None:
        self.terms = terms
        # narrow scores need a step in units of s; a turn of 1.2 s lets their Gaussian grow by e^{0.7} at the most
        self.h = min(_STEP, 0.3 * score_std) * step
        self.angle = min(_TURN, 1.2 * score_std)
        low, high = scale_range(log_a, count, score_std)
        self.u = np.arange(low, high, self.h)
        reach = math.ceil(_REACH * score_std / self.h)
        y = self.h * np.arange(-reach, reach + 1.0) - 1j * self.angle
        self.kernel = np.exp(-0.5 * (y / score_std) ** 2) * (self.h / (math.sqrt(2.0 * math.pi) * score_std))
        self.log_rate = np.concatenate([self.u[0] + y[:reach], self.u + 0j, self.u[-1] + y[reach + 1 :]]).real
        self.sums = self._power_sums(np.exp(np.minimum(self.u + log_a, _CAP) + 1j * self.angle), count)
        self.centre = float(self.u[int(np.argmax(np.abs(self.sums[0])))])  # where λB is about 1

    def _power_sums(self, pressure: Complex, count: int) -> Complex:
        r"""`λ^{2j} E[(Σ X²)^j e^{−λB}]`, j = 0, …, shape (terms, u); for j = 0 `λE[B e^{−λB}]` in its place."""
        w = self.log_rate
        change = self._mean(np.expm1(-np.exp(np.minimum(w, _OVERFLOW))))
        moments = [1.0 + change]
        for i in range(1, self.terms):
            shape = np.exp(np.minimum(2.0 * i * w - np.exp(np.minimum(w, _OVERFLOW)) - gammaln(i + 1.0), _CAP))
            moments.append(self._mean(shape))
        first = self._mean(np.exp(w - np.exp(np.minimum(w, _OVERFLOW))))
        base = np.exp(log_power(change, count) - pressure)
        sums = [base]
        for k in range(1, self.terms):
            total = sum((count * i - (k - i)) * moments[i] * sums[k - i] for i in range(1, k + 1))
            sums.append(total / (k * moments[0]))
        sums[0] = base * (pressure + count * first / moments[0])
        return np.array(sums)

    def _mean(self, values: Real) -> Complex:
        result: Complex = np.convolve(values, self.kernel[::-1], mode="valid")
        return result

    def expectation(self, nu: Complex, gain: float) -> Complex:
        """The terms, shape (nu, terms)."""
        exponent = np.multiply.outer(nu, self.u - self.centre + 1j * self.angle)
        turned = complex_exp(np.minimum(exponent.real, _CAP) + 1j * exponent.imag) * self.h
        index = np.arange(self.terms)
        log_norm = gammaln(index + 1.0) - loggamma(2.0 * index + nu[:, None] + (index == 0)) + nu[:, None] * self.centre
        result: Complex = (turned @ self.sums.T) * np.exp(log_norm) * _series(nu, gain, self.terms)
        return result

    def rounding(self, nu: Complex, gain: float) -> Real:
        """The size of what is summed in the leading term."""
        weight = np.exp(np.minimum(nu[0].real * (self.u - self.centre) - nu.imag[:, None] * self.angle, _CAP)) * self.h
        log_rest = -loggamma(nu + 1.0).real - nu.real * (math.log((gain + math.sqrt(gain)) / (1.0 - gain)) - self.centre)
        result: Real = (weight @ np.abs(self.sums[0])) * np.exp(log_rest)
        return result


def _series(nu: Complex, gain: float, terms: int) -> Complex:
    """Taylor coefficients of `ρ(c)^{−ν}`, shape (nu, terms)."""
    kappa, root_x = (1.0 - gain) / gain, math.sqrt(gain)
    root = np.empty(terms)  # √(1 − κc)
    root[0] = 1.0
    for k in range(1, terms):
        root[k] = root[k - 1] * kappa * (k - 1.5) / k
    lead = root / (1.0 + root_x)  # of (√x + q)/(1 + √x)
    lead[0] = 1.0
    log_lead = np.zeros(terms)
    for k in range(1, terms):
        log_lead[k] = lead[k] - sum(i * log_lead[i] * lead[k - i] for i in range(1, k)) / k
    result = np.empty((len(nu), terms), dtype=np.complex128)
    result[:, 0] = np.exp(-nu * math.log(root_x * (1.0 + root_x) / (1.0 - gain)))
    for k in range(1, terms):
        result[:, k] = -nu / k * sum(i * log_lead[i] * result[:, k - i] for i in range(1, k + 1))
    return result
