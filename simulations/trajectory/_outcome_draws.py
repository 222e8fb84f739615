r"""Draws of what `python -m simulations trajectory` estimates: one draw is one run of the algorithm."""

import numpy as np
from numpy.typing import NDArray

from simulations.tokens import directions
from simulations.trajectory._pair_outcomes import cosines, debiased, outcomes
from simulations.trajectory._pooled_steps import first_heads, first_prompts, first_steps
from simulations.trajectory._steps_on_tokens import first_steps_on_tokens
from theory.model import Choice, ContextualModel, Interval, Steps

__all__ = ["KEYS", "simulated_trajectory", "trained_parameters"]

Array = NDArray[np.float64]

KEYS = ("alignment_w", "alignment_q", "relevant_mass", "error")
_ROUTES = Choice(("shortcut", "tokens"))


def simulated_trajectory(
    model: ContextualModel,
    steps: Steps,
    n_samples: int,
    *,
    rng: np.random.Generator,
    size: int,
    route: str = "shortcut",
    n_test: int = 4,
) -> dict[str, Array]:
    r"""Independent draws, each of one run of the algorithm and its outcome on n_test new samples.

    Parameters
    ----------
    model
        The law of the data.
    steps
        The steps. After step 1, 2 or 3 the parameters (q, w) are (0, w₁), (q₁, w₁) or (q₁, w₂). Debiasing removes the coordinate
        along q_* from the head that is judged.
    n_samples
        n of each batch.
    rng
        Source of randomness.
    size
        Number of runs.
    route
        "shortcut" or "tokens": equal in law.
    n_test
        New samples per run for attention and error.

    Returns
    -------
    dict of array
        "alignment_w", "alignment_q" in [-1, 1] (0 for a zero prompt), "relevant_mass", "error" in [0, 1], shapes (size,).

    Examples
    --------
    >>> model = ContextualModel(n_tokens=12, n_relevant=4, dim=6, signal_norm=0.9, context_norm=1.5)
    >>> draws = simulated_trajectory(model, Steps(step=3, gamma=3.0), 30, rng=np.random.default_rng(0), size=5)
    >>> {name: values.shape for name, values in draws.items()} == dict.fromkeys(KEYS, (5,))
    True
    """
    prompts, heads = trained_parameters(model, steps, n_samples, rng=rng, size=size, route=route)
    context, signal = directions(model)
    if steps.debias:
        heads, signal = debiased(model, heads), debiased(model, signal[None])[0]
    mass, error = outcomes(model, prompts, heads, rng=rng, n_test=n_test)
    return {
        "alignment_w": cosines(heads, signal),
        "alignment_q": cosines(prompts, context),
        "relevant_mass": mass,
        "error": error,
    }


def trained_parameters(
    model: ContextualModel,
    steps: Steps,
    n_samples: int,
    *,
    rng: np.random.Generator,
    size: int,
    route: str = "shortcut",
) -> tuple[Array, Array]:
    r"""(prompts, heads) of independent runs after a step, shapes (size, d); arguments as for `simulated_trajectory`."""
    step, eta, loss = steps.step, steps.eta, steps.loss
    n = int(Interval(1, integer=True).member("n_samples", n_samples))
    if _ROUTES.member("route", route) == "tokens" or step == 3:
        train = first_steps if route == "shortcut" else first_steps_on_tokens
        runs = train(model, steps, n, rng=rng, size=size)
        return (np.zeros_like(runs.prompt) if step == 1 else runs.prompt), runs.second_head if step == 3 else runs.first_head
    heads = first_heads(model, eta=eta if loss == "squared" else eta / 2, n_samples=n, rng=rng, size=size)
    if step == 1:
        return np.zeros_like(heads), heads
    return first_prompts(model, heads, gamma=steps.gamma, n_samples=n, rng=rng, loss=loss), heads
