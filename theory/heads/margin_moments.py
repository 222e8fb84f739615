r"""Expectations over the Gaussian part of a margin, on panels that end at the kinks of the proximal operator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.heads.losses import Loss
from theory.heads.scales import Scales
from theory.quadrature import gauss_legendre

__all__ = ["MarginMoments", "margin_moments", "margin_rule"]

Floats = NDArray[np.float64]

_REACH = 8.0
_ORDER = 10
_EDGES = (-4.5, -2.0, 0.0, 2.0, 4.5)


@dataclass(frozen=True)
class MarginMoments:
    r"""What the fixed-point equations need at (α, β, η), with x = αa + c r Z, r² = α² + β², θ = ηc², ψ = (x - v(x))/θ.

    Attributes
    ----------
    force
        E[a ψ] and E[c Z ψ].
    energy
        E[c² ψ²].
    curvature
        E[ψ' a²], E[ψ' a c Z], E[ψ' c² Z²].
    coupling
        E[c² ψ ψ' a], E[c³ ψ ψ' Z], E[c⁴ ψ² ψ'].
    loss
        E ℓ(v).
    free
        E v', the share of samples that the loss leaves alone.
    """

    force: tuple[float, float]
    energy: float
    curvature: tuple[float, float, float]
    coupling: tuple[float, float, float]
    loss: float
    free: float


def margin_rule(centre: Floats, spread: Floats, breaks: tuple[Floats, ...]) -> tuple[Floats, Floats]:
    r"""Nodes z and weights for E f(Z), Z standard normal, where f(centre + spread z) has the given breaks.

    Parameters
    ----------
    centre, spread
        Shape (N,), spread > 0.
    breaks
        Arrays of shape (N,).

    Returns
    -------
    tuple of ndarray
        Shape (N, K); the weights of each row sum to 1 up to 1e-15.

    Examples
    --------
    >>> z, w = margin_rule(np.array([0.3]), np.array([2.0]), (np.array([1.0]),))
    >>> float((w * np.maximum(0.3 + 2 * z - 1, 0)).sum()).__round__(10)   # 2 [φ(0.35) - 0.35 Q(0.35)]
    0.4962621497
    """
    inner = [np.full_like(centre, edge) for edge in _EDGES] + [(point - centre) / spread for point in breaks]
    outer = [np.full_like(centre, -_REACH), np.full_like(centre, _REACH)]
    ends = np.clip(np.sort(np.stack(outer + inner), axis=0), -_REACH, _REACH)
    nodes, weights = gauss_legendre(_ORDER)
    width = np.diff(ends, axis=0).T[:, :, None]
    z = ends[:-1].T[:, :, None] + width * nodes
    w = width * weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return z.reshape(len(centre), -1), w.reshape(len(centre), -1)


def margin_moments(scales: Scales, loss: Loss, along: float, across: float, step: float) -> MarginMoments:
    r"""All moments at (α, β, η) in one pass."""
    radius = float(np.hypot(along, across))
    a, c = scales.signal, scales.noise
    theta = step * c * c
    z, w = margin_rule(along * a, radius * c, loss.breaks(theta))
    x = (along * a)[:, None] + (radius * c)[:, None] * z
    thetas = np.broadcast_to(theta[:, None], x.shape)
    v, rate = loss.proximal(x, thetas)
    psi, slope = (x - v) / thetas, (1.0 - rate) / thetas
    w = w * scales.weights[:, None]

    def averages(values: Floats, powers: int) -> list[Floats]:
        weighted = w * values
        result = [weighted.sum(axis=1)]
        for _ in range(powers):
            weighted = weighted * z
            result.append(weighted.sum(axis=1))
        return result

    f0, f1 = averages(psi, 1)
    s0, s1, s2 = averages(slope, 2)
    k0, k1 = averages(psi * slope, 1)
    c2 = c * c
    return MarginMoments(
        force=(float(a @ f0), float(c @ f1)),
        energy=float(c2 @ averages(psi * psi, 0)[0]),
        curvature=(float((a * a) @ s0), float((a * c) @ s1), float(c2 @ s2)),
        coupling=(float((c2 * a) @ k0), float((c2 * c) @ k1), float((c2 * c2) @ averages(psi * psi * slope, 0)[0])),
        loss=float(averages(loss.value(v), 0)[0].sum()),
        free=float(averages(rate, 0)[0].sum()),
    )
