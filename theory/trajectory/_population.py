r"""Population gradients of the squared loss at the start of training, in closed form at every T and for every shift."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.model import ContextualModel, ParameterError, refuse_beyond
from theory.trajectory._sample_atoms import sample_atoms

__all__ = ["population_head", "population_prompt", "prompt_along_signal"]

Floats = NDArray[np.float64]


def population_head(model: ContextualModel, *, eta: float) -> Floats:
    r"""The head after one step on the population: -η ∇_w L at (q, w) = (0, 0).

    .. math:: w_1 = \eta\, E[y \bar x] = \eta\, E\bigl[y(\zeta u + (1-\zeta) v)\bigr]

    which for the core model with balanced labels is ηζ w_*, and with a shift, balanced, η[ζ - (1-ζ) E δy] w_*: the
    label-free shift does not enter.

    Parameters
    ----------
    model
        The law of the data.
    eta
        η, the step size.

    Returns
    -------
    ndarray
        Shape (d,), in the basis (q̂_*, part of w_* orthogonal to q_*, rest).

    Notes
    -----
    Equation :eq:`eq-trajectory-population` of docs/trajectory.md, first line.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> population_head(model, eta=2.0).round(12) + 0.0
    array([0. , 0.3, 0. , 0. ])
    """
    atoms = sample_atoms(model)
    head = np.zeros(model.dim)
    head[:2] = eta * (atoms.probability * atoms.label) @ atoms.pooled
    return head


def population_prompt(model: ContextualModel, head: ArrayLike, *, gamma: float) -> Floats:
    r"""The prompt after one step on the population: -γ ∇_q L at (0, w).

    With u, v the means of relevant and irrelevant tokens, Δ = u - v, x̄ = ζu + (1-ζ)v,

    .. math::

        q_1 = \gamma (1-\zeta)\, E\Bigl[ (y - w^\top \bar x)\bigl(\zeta\, (w^\top\Delta)\, \Delta
              + \sigma^2 (1 - \tfrac1T)\, w\bigr) + \tfrac{\zeta\sigma^2}{T} \bigl( (w^\top\Delta)\, w + |w|^2 \Delta\bigr)\Bigr],

    the expectation over y and δ only; exact at every T.

    Parameters
    ----------
    model
        The law of the data.
    head
        w, shape (d,), in the basis (q̂_*, part of w_* orthogonal to q_*, rest).
    gamma
        γ, the step size.

    Returns
    -------
    ndarray
        Shape (d,), same basis.

    Raises
    ------
    ParameterError
        If the head does not have d coordinates.

    Notes
    -----
    Equation :eq:`eq-trajectory-population` of docs/trajectory.md, second line.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=10, n_relevant=3, dim=4, signal_norm=0.5, context_norm=2.0)
    >>> population_prompt(model, [0.0, 0.4, 0.0, 0.0], gamma=1.0).round(4) + 0.0
    array([0.0857, 0.    , 0.    , 0.    ])
    >>> print(f"{prompt_along_signal(model, 0.8, gamma=1.0):.4f}")
    0.0857
    """
    w = np.asarray(head, dtype=float)
    if w.shape != (model.dim,):
        raise ParameterError("head", f"a vector of {model.dim} coordinates", f"shape {w.shape}")
    atoms, zeta, noise = sample_atoms(model), model.relevant_fraction, model.noise_std**2
    contrast = np.pad(atoms.contrast, ((0, 0), (0, model.dim - 2)))
    along = contrast @ w
    residual = atoms.label - atoms.pooled @ w[:2]
    p = atoms.probability
    on_contrast = zeta * residual * along + zeta * noise / model.n_tokens * (w @ w)
    on_head = residual * noise * (1 - 1 / model.n_tokens) + zeta * noise / model.n_tokens * along
    result: Floats = gamma * (1 - zeta) * ((p * on_contrast) @ contrast + (p @ on_head) * w)
    return result


def prompt_along_signal(model: ContextualModel, scale: float, *, gamma: float) -> float:
    r"""Coordinate along q̂_* of the population prompt for w = c w_*: the one number of the core model, balanced, ρ = 0.

    .. math:: \gamma c\, \zeta(1-\zeta) W^2 \bigl[1 - c\zeta W^2 + c\sigma^2/T\bigr]\, Q

    All other coordinates vanish.

    Parameters
    ----------
    model
        Core model with ρ = 0 and π = 1/2.
    scale
        c.
    gamma
        γ, the step size.

    Raises
    ------
    ParameterError
        If the model has a shift, a correlation or unbalanced labels.

    Notes
    -----
    Equation :eq:`eq-trajectory-cubic` of docs/trajectory.md.
    """
    refuse_beyond(model, "the stated bracket")
    zeta, power = model.relevant_fraction, model.signal_norm**2
    bracket = 1 - scale * zeta * power + scale * model.noise_std**2 / model.n_tokens
    return gamma * scale * zeta * (1 - zeta) * power * bracket * model.context_norm
