"""Settings and small helpers that the tests of this folder share."""

from __future__ import annotations

from typing import Any

from theory.model import BoxShift, ContextualModel, FiniteShift

SMALL = ContextualModel(n_tokens=7, n_relevant=3, dim=5, signal_norm=1.1, context_norm=1.3, noise_std=0.9)
TILTED = ContextualModel(
    n_tokens=7, n_relevant=3, dim=5, signal_norm=1.1, context_norm=1.3, noise_std=0.9, correlation=0.3, label_prior=0.4
)
MEDIUM = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0)
LABEL_FREE = FiniteShift(((0.5, -1.2, 0.0), (-0.2, 0.9, 0.0)), (0.4, 0.6))
MILD = FiniteShift(((0.3, -0.3, 0.0), (-0.2, 0.4, 0.0)), (0.4, 0.6))
LABEL_CARRYING = FiniteShift(((0.3, 0.0, 0.6), (-0.2, 0.0, 0.2)), (0.3, 0.7))
BOX = BoxShift((-0.2, -0.5, 0.1), (0.4, 0.3, 0.6))


def row(model: ContextualModel, **more: Any) -> dict[str, Any]:
    """The columns of a table row."""
    columns = {
        "T": model.n_tokens,
        "m": model.n_relevant,
        "d": model.dim,
        "W": model.signal_norm,
        "Q": model.context_norm,
        "sigma": model.noise_std,
        "rho": model.correlation,
        "pi": model.label_prior,
    }
    return columns | more
