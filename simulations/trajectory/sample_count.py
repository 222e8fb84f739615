r"""The number of samples at which a simulated alignment reaches its target."""

import numpy as np

from simulations.tokens import directions
from simulations.trajectory.outcome import cosines, debiased
from simulations.trajectory.shortcut import first_heads, first_prompts
from theory.model import Choice, ContextualModel

__all__ = ["mean_alignment", "simulated_sample_complexity"]

_QUANTITIES = Choice(("alignment_w", "alignment_q"))
_NUMBERS = 1 << 21
r"""Numbers that one batch of runs may hold."""


def simulated_sample_complexity(
    model: ContextualModel,
    target: float,
    *,
    quantity: str,
    rng: np.random.Generator,
    runs: int = 2000,
    eta: float = 1e-3,
) -> float:
    r"""n at which the mean cosine over `runs` runs crosses the target, interpolated in log n.

    The count is bracketed by doubling and halved four times on the logarithmic axis; then the cosines at both ends are
    interpolated. With "alignment_w" the head is debiased.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=12, n_relevant=4, dim=6, signal_norm=0.9, context_norm=1.5)
    >>> 3 < simulated_sample_complexity(
    ...     model, 0.7, quantity="alignment_w", rng=np.random.default_rng(0), runs=300) < 30
    True
    """
    _QUANTITIES.member("quantity", quantity)

    def mean(n: int) -> float:
        return mean_alignment(model, quantity=quantity, n_samples=n, rng=rng, runs=runs, eta=eta)

    low, high = 1, 2
    at_low, at_high = mean(low), mean(high)
    while at_high < target:
        low, at_low, high = high, at_high, 2 * high
        at_high = mean(high)
    for _ in range(4):
        middle = round(np.sqrt(low * high))
        if middle in (low, high):
            break
        value = mean(middle)
        if value < target:
            low, at_low = middle, value
        else:
            high, at_high = middle, value
    share = (target - at_low) / (at_high - at_low)
    return float(np.exp(np.log(low) + share * np.log(high / low)))


def mean_alignment(
    model: ContextualModel, *, quantity: str, n_samples: int, rng: np.random.Generator, runs: int, eta: float
) -> float:
    r"""Mean cosine of w₁ (debiased) with w_*, or of q₁ with q_*, over independent runs with n samples in every batch."""
    context, signal = directions(model)
    block = max(1, _NUMBERS // (n_samples + model.dim))
    total = 0.0
    for start in range(0, runs, block):
        heads = first_heads(model, eta=eta, n_samples=n_samples, rng=rng, size=min(block, runs - start))
        if quantity == "alignment_w":
            total += cosines(debiased(model, heads), debiased(model, signal[None])[0]).sum()
        else:
            total += cosines(first_prompts(model, heads, gamma=1.0, n_samples=n_samples, rng=rng), context).sum()
    return total / runs
