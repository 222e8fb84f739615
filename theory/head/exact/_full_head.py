r"""The unrestricted head at τ = 0: the coordinate along q* is kept, and the labels leak through their imbalance."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, gammaincinv, log_expit, ndtr, ndtri, stdtrit

from theory.head.exact._signal_to_noise import mean_pooling_ratio
from theory.model import HeadSetting, Interval, ParameterError

__all__ = ["full_head_error"]

Floats = NDArray[np.float64]

# Generating vector of an embedded base-2 lattice rule with 2^20 points [nuyens2014lattice]; only the error estimate,
# not the correctness, depends on its quality.
_GENERATOR = np.array([1, 182667, 469891, 498753, 110745, 446247, 250185, 118627, 245333])
_POINTS = 2**14  # with eight shifts: four standard errors are about 1e-6 of an error of 0.4
_SHIFTS = 8  # independent estimates, of which the standard error is taken
_LABEL_NODES = 8  # of the Gauss rule in ȳ: twice as many change the error by 1e-10
_STANDARD_ERRORS = 4  # stated as the numerical error
_ROUNDING = 1e-12  # relative, where all shifts agree
_EDGE = 1e-15  # points keep this distance from 0 and 1, where inverse distribution functions are infinite
_TILT, _LIFT = 6, 7  # places of η and φ among the nine scalars
_FOLDS = 2.0  # logarithm of the probabilities that a lattice sees by itself
_SMALLEST = 1e-300  # smaller numbers are 0


def full_head_error(setting: HeadSetting, rule: str = "least-squares") -> tuple[float, float]:
    r"""Expected test error of least squares on all d coordinates at τ = 0, without an intercept, n >= d.

    Given the label mean ȳ, the trained head is a function of nine independent scalars, whatever n, d and T. The expectation is a
    lattice rule over the scalars and a Gauss rule over ȳ.

    Parameters
    ----------
    setting
        Core model, prompt_strength = 0, head "full", ρ = 0, label_prior = 1/2, n >= d.
    rule
        "least-squares".

    Returns
    -------
    tuple of float
        The expected error, and four standard errors over eight shifts of the lattice.

    Raises
    ------
    ParameterError
        If the formula does not cover the setting.

    Notes
    -----
    Equation :eq:`eq-head-full` of docs/head.md.
    """
    model, n, d = setting.model, setting.finite_samples, setting.model.dim
    if rule != "least-squares":
        raise ParameterError("rule", "least-squares for the full head", rule)
    if model.correlation != 0:
        raise ParameterError("correlation", "0 for the full head", model.correlation)
    if n < d:
        raise ParameterError("n_samples", Interval(d, integer=True), n)
    signal = mean_pooling_ratio(setting)
    context = signal * model.context_norm / model.signal_norm if model.signal_norm else _context_ratio(setting)
    imbalance, weights = _label_rule(n)
    uniforms, importance = _emphasised(_lattice(), signal, n, d)
    means = np.zeros(_SHIFTS)
    for label_mean, weight in zip(imbalance, weights, strict=True):
        errors = _conditional_error(uniforms, signal, context, n, d, float(label_mean))
        means += weight * (importance * errors).mean(axis=1)
    return float(means.mean()), float(_STANDARD_ERRORS * means.std(ddof=1) / np.sqrt(_SHIFTS)) + _ROUNDING * float(means.mean())


def _conditional_error(uniforms: Floats, signal: float, context: float, n: int, d: int, label_mean: float) -> Floats:
    r"""Test error of the head that the nine scalars stand for; `uniforms` has shape (9, ...)."""
    along = np.sqrt(n) * context * label_mean + ndtri(uniforms[0])
    beside = np.sqrt(n * (1 - label_mean**2)) * context + ndtri(uniforms[1])
    rest = beside**2 + _chi_square(uniforms[2], n - 2)
    column = np.sqrt(along**2 + rest)  # length of the column of the coordinate along q*
    constant_in = np.sqrt(n) * along / column  # part of the constant vector along that column
    constant_out = np.sqrt(n * rest) / column  # length of what is left of it
    first = constant_out * signal + ndtri(uniforms[3])
    others = _chi_square(uniforms[4], d - 2)
    square = first**2 + others
    length = constant_out * np.sqrt(square) / (_chi_square(uniforms[5], n - d) + square)
    polar = np.arctan2(np.sqrt(others), first)
    tail = np.sign(uniforms[_TILT]) * stdtrit(n - d + 1, np.maximum(np.abs(uniforms[_TILT]), _SMALLEST))
    tilt = np.arctan(tail / np.sqrt(n - d + 1)) if d > 2 else 0.0
    lift = np.sqrt(betaincinv((n - d + 2) / 2, (d - 3) / 2, uniforms[_LIFT])) if d > 3 else 1.0
    norm = length / (np.cos(tilt) * lift)
    head_signal = norm * lift * np.cos(polar + tilt)
    head_context = (constant_in * (1 - signal * head_signal) + norm * ndtri(uniforms[8])) / column
    total = np.hypot(norm, head_context)
    right, left = (signal * head_signal + sign * context * head_context for sign in (1, -1))
    result: Floats = (ndtr(-right / total) + ndtr(-left / total)) / 2
    return result


def _emphasised(uniforms: Floats, signal: float, n: int, d: int) -> tuple[Floats, Floats]:
    r"""More of the tilts and lifts that turn the head away from w*, with the weights that make up for it.

    A strong signal errs where cos φ cos(ψ + η) is about 1/κ: probabilities of κ^-k at the ends of the uniform variables of both.
    With u = v^m/(v^m + (1-v)^m) they are ordinary values of v. The tilt becomes the nearer tail, negative for the upper one.
    """
    power = max(1.0, (n - d + 1) * math.log(max(signal, 1.0)) / _FOLDS)
    result, weights = uniforms.copy(), np.ones(uniforms.shape[1:])
    for place, present in ((_TILT, d > 2), (_LIFT, d > 3)):
        v = uniforms[place]
        odds = (power if present else 1.0) * (np.log(v) - np.log1p(-v))
        result[place] = expit(odds)
        if place == _TILT:
            result[place] = np.where(odds < 0, expit(odds), -expit(-odds))
        if present:
            weights *= power * np.exp(log_expit(odds) + log_expit(-odds) - np.log(v) - np.log1p(-v))
    return result, weights


def _context_ratio(setting: HeadSetting) -> float:
    model = setting.model
    zeta = model.relevant_fraction
    return zeta * model.context_norm / (model.noise_std * float(np.sqrt((1 - zeta) / model.n_tokens)))


def _chi_square(uniform: Floats, freedom: int) -> Floats | float:
    return 2 * gammaincinv(freedom / 2, uniform) if freedom > 0 else 0.0


@cache
def _lattice() -> Floats:
    r"""Shifted lattice points after the tent map, shape (9, shifts, points), inside (0, 1)."""
    index = np.arange(_POINTS)
    base = (_GENERATOR[:, None] * index % _POINTS / _POINTS)[:, None, :]
    # shifts along a line whose slopes, roots of primes, have no rational relation
    golden = np.sqrt(np.array([2.0, 3, 5, 7, 11, 13, 17, 19, 23]))[:, None, None]
    shifted = (base + golden * (np.arange(_SHIFTS) + 0.5)[:, None]) % 1.0
    tent: Floats = 1 - np.abs(2 * shifted - 1)
    return np.asarray(tent * (1 - 2 * _EDGE) + _EDGE)


def _label_rule(n: int) -> tuple[Floats, Floats]:
    r"""Gauss rule for |ȳ|, ȳ = 2 n₊/n - 1, n₊ ~ Binomial(n, 1/2), from the recurrence of the Krawtchouk polynomials.

    The error is an even function of ȳ (reflect q*), so nodes of opposite sign are one.
    """
    size = min(_LABEL_NODES, n + 1)
    k = np.arange(1, size)
    from scipy.linalg import eigh_tridiagonal  # takes longer to import than this rule to compute

    nodes, vectors = eigh_tridiagonal(np.zeros(size), np.sqrt(k * (n - k + 1.0)) / n)
    weights = vectors[0] ** 2
    upper = nodes > 1e-9  # the middle node, 0, comes out as 1e-16 or so
    middle = np.abs(nodes) <= 1e-9
    ends = np.minimum(nodes[upper], 1.0)  # an eigenvalue of exactly 1 may come out as 1 + 1e-16
    return np.append(ends, nodes[middle]), np.append(2 * weights[upper], weights[middle])
