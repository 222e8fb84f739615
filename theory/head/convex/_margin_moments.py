r"""Expectations over the Gaussian part of a margin, on panels that end at the kinks of the proximal operator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.head.convex._losses import Loss
from theory.head.features import Features
from theory.numerics import gauss_legendre

__all__ = ["MarginMoments", "margin_moments", "margin_rule"]

Floats = NDArray[np.float64]

_REACH = 8.0  # P(|Z| > 8) = 1e-15
_ORDER = 10  # nodes on a panel: 3e-9 for a logistic loss six times as narrow as Z, rounding for one of its width
_ROWS = 64  # nodes of the scales at a time: what they need stays in the cache
# Gauss–Hermite, exact for polynomials of degree 5
_HERMITE = (np.array([-(3.0**0.5), 0.0, 3.0**0.5]), np.array([1.0, 4.0, 1.0]) / 6.0)
_EDGES = (-4.5, -2.0, 0.0, 2.0, 4.5)  # of panels, beside the kinks: the fourth moment of Z is then off by 3e-12


@dataclass(frozen=True)
class MarginMoments:
    r"""What the fixed-point equations need at (a, β, η): x = aᵀs + c r Z, r² = aᵀMa + β², θ = ηc², ψ = (x - v(x))/θ.

    Parameters
    ----------
    pull, push
        E[s ψ], shape (k,), and E[c Z ψ].
    energy
        E[c² ψ²].
    stiffness, twist, give
        E[ψ' s sᵀ], shape (k, k), E[ψ' s c Z], shape (k,), and E[ψ' c² Z²].
    coupling, coupling_z, coupling_step
        E[c² ψ ψ' s], shape (k,), E[c³ ψ ψ' Z], E[c⁴ ψ² ψ'].
    loss
        E ℓ(v).
    free
        E v', the share of samples that the loss leaves alone.
    """

    pull: Floats
    push: float
    energy: float
    stiffness: Floats
    twist: Floats
    give: float
    coupling: Floats
    coupling_z: float
    coupling_step: float
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
        Shape (N, K); the weights of each row sum to 1 up to 1e-14.

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


def margin_moments(features: Features, loss: Loss, special: Floats, across: float, step: float) -> MarginMoments:
    r"""All moments at (a, β, η) in one pass."""
    s, c = features.special, features.noise
    radius, centre = features.spread(special, across), special @ s
    parts = [_given_scales(loss, centre[i : i + _ROWS], radius, c[i : i + _ROWS], step) for i in range(0, len(c), _ROWS)]
    f0, f1, energy, s0, s1, s2, k0, k1, k2, value, rate = np.concatenate(parts, axis=1) * features.weights
    c2 = c * c
    return MarginMoments(
        pull=s @ f0,
        push=float(c @ f1),
        energy=float(c2 @ energy),
        stiffness=(s * s0) @ s.T,
        twist=s @ (c * s1),
        give=float(c2 @ s2),
        coupling=s @ (c2 * k0),
        coupling_z=float((c2 * c) @ k1),
        coupling_step=float((c2 * c2) @ k2),
        loss=float(value.sum()),
        free=float(rate.sum()),
    )


def _given_scales(loss: Loss, centre: Floats, radius: float, c: Floats, step: float) -> Floats:
    r"""Means over Z of ψ, Zψ, ψ², ψ', Zψ', Z²ψ', ψψ', Zψψ', ψ²ψ', ℓ(v), v' at every node of the scales, shape (11, N)."""
    theta = step * c * c
    if loss.has_linear_proximal:  # polynomials of degree 4 at most
        z, w = np.broadcast_to(_HERMITE[0], (len(c), 3)), np.broadcast_to(_HERMITE[1], (len(c), 3))
    else:
        z, w = margin_rule(centre, radius * c, loss.breaks(theta))
    x = centre[:, None] + (radius * c)[:, None] * z
    thetas = np.broadcast_to(theta[:, None], x.shape)
    v, rate = loss.proximal(x, thetas)
    psi, slope = (x - v) / thetas, (1.0 - rate) / thetas
    weighted, bent = w * psi, w * slope
    coupled, tilted = weighted * slope, bent * z
    products = (
        weighted, weighted * z, weighted * psi, bent, tilted, tilted * z, coupled, coupled * z, coupled * psi,
        w * loss.value(v), w * rate,
    )  # fmt: skip
    return np.stack([product.sum(axis=1) for product in products])
