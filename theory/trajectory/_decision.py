r"""What prompt and head mean for a new sample: the few scalars on which its attention and its decision depend."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.model import ContextualModel
from theory.trajectory._sample_atoms import SampleAtoms, sample_atoms

__all__ = ["Decision", "decisions", "typical_sums"]

Floats = NDArray[np.float64]

_LARGEST_LOG = 600.0  # e^600 is still a double; beyond it the sign of f is decided


@dataclass(frozen=True)
class Decision:
    r"""Scalars of P pairs (q, w) and K kinds of samples (label and shift).

    .. math::

        y f \propto -x + \sum_{t\le m'} e^{s g_t}\bigl(b + g_t\cos\theta + h_t\sin\theta\bigr), \qquad s = \sigma|q|

    so that the sample errs if and only if the sum is below x: equation :eq:`eq-trajectory-error` of docs/trajectory.md.

    Parameters
    ----------
    atoms
        The K kinds.
    score_std
        s = σ|q|, shape (P,).
    log_attention
        log a = log m + qᵀ(u - v), the log of the weight of all relevant tokens against that of a noise token, shape (P, K).
    cosine
        cos θ = y cos∠(w, q), shape (P, K).
    offset
        b = y wᵀv/(σ|w|), shape (P, K); 0 without shift.
    margin
        y wᵀu/(σ|w|), shape (P, K); x = -e^{log a} margin.
    """

    atoms: SampleAtoms
    score_std: Floats
    log_attention: Floats
    cosine: Floats
    offset: Floats
    margin: Floats

    @property
    def threshold(self) -> Floats:
        r"""x, shape (P, K)."""
        result: Floats = -np.exp(np.minimum(self.log_attention, _LARGEST_LOG)) * self.margin
        return result


def decisions(model: ContextualModel, prompts: Floats, heads: Floats) -> Decision:
    r"""The scalars for prompts and heads of shape (P, D): first coordinate along q̂_*, second along the rest of w_*; σ > 0.

    A zero head gets zero margins, a zero prompt cosines 0.
    """
    atoms = sample_atoms(model)
    lengths, spreads = np.linalg.norm(prompts, axis=1), model.noise_std * np.linalg.norm(heads, axis=1)
    both = lengths * spreads / model.noise_std
    inner = np.einsum("pi,pi->p", prompts, heads)
    cosine = np.divide(inner, both, out=np.zeros_like(both), where=both > 0)
    scaled = np.divide(heads[:, :2], spreads[:, None], out=np.zeros((len(heads), 2)), where=spreads[:, None] > 0)
    return Decision(
        atoms=atoms,
        score_std=model.noise_std * lengths,
        log_attention=np.log(model.n_relevant) + prompts[:, :2] @ atoms.contrast.T,
        cosine=atoms.label * cosine[:, None],
        offset=atoms.label * (scaled @ atoms.irrelevant.T),
        margin=atoms.label * (scaled @ atoms.relevant.T),
    )


def typical_sums(n_irrelevant: int, score_std: Floats) -> tuple[Floats, Floats]:
    r"""Logarithms of smooth typical sizes of Σ e^{s g_t} and of (Σ e^{2 s g_t})^{1/2}: scales of tables, never results.

    Both grow like s²/2 and s² while the sums are large, and linearly once the largest score dominates.

    >>> first, second = typical_sums(100, np.array([0.0, 0.1]))
    >>> (first - np.log(100)).round(4), (second - np.log(10)).round(4)
    (array([0.   , 0.005]), array([0.  , 0.01]))
    """
    top = np.sqrt(2 * np.log(n_irrelevant + 1))
    log_count = np.log(n_irrelevant)
    return log_count + top**2 * _log_cosh(score_std / top), log_count / 2 + top**2 / 2 * _log_cosh(2 * score_std / top)


def _log_cosh(x: Floats) -> Floats:
    result: Floats = np.logaddexp(x, -x) - np.log(2)
    return result
