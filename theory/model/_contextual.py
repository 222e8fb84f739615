r"""The contextual mixture model: tokens of which only some carry the label."""

from dataclasses import dataclass, fields

from theory.model._domain import Interval, ParameterError
from theory.model._parameters import PARAMETERS
from theory.model._shift import NO_SHIFT, BoxShift, FiniteShift, ShiftLaw

__all__ = ["ContextualModel"]


@dataclass(frozen=True, kw_only=True)
class ContextualModel:
    r"""The law of one sample (X, y) with T tokens in d dimensions.

    .. math::

        x_t = q_* + y\,w_* \quad (t \in R), \qquad
        x_t = -\delta_q q_* - (\delta_w + \delta_y y)\, w_* + z_t \quad (t \notin R)

    with R a uniformly random set of m positions, z_t independent N(0, σ² I), |w_*| = W, |q_*| = Q, ρ the cosine of the angle
    between them, P(y = 1) = π, and δ drawn once per sample. The *core model* has δ = 0.

    Beyond it the noise may have other standard deviations, c_q σ along q_* and c_w σ along the part of w_* orthogonal to q_*,
    and relevant tokens may carry noise ϱ z_t of the same law.

    Parameters
    ----------
    n_tokens, n_relevant, dim
        T, m and d; integers, 1 <= m <= T, d >= 2.
    signal_norm, context_norm, noise_std
        W, Q, σ; non-negative, in the units of a token coordinate.
    correlation
        ρ in [-1, 1].
    shift
        Law of δ = (δq, δw, δy), in units of q_* and w_*.
    label_prior
        π in (0, 1).
    relevant_noise, context_noise, signal_noise
        ϱ, c_q, c_w; non-negative, in units of σ.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-model-tokens` of docs/model.md.

    Examples
    --------
    >>> model = ContextualModel(n_tokens=64, n_relevant=6, dim=40, signal_norm=0.6, context_norm=2.0, noise_std=1.0)
    >>> model.n_irrelevant, model.relevant_fraction
    (58, 0.09375)
    """

    n_tokens: int
    n_relevant: int
    dim: int
    signal_norm: float
    context_norm: float
    noise_std: float = 1.0
    correlation: float = 0.0
    shift: ShiftLaw = NO_SHIFT
    label_prior: float = 0.5
    relevant_noise: float = 0.0
    context_noise: float = 1.0
    signal_noise: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name in PARAMETERS:
                value = PARAMETERS[field.name].domain.member(field.name, getattr(self, field.name))
                object.__setattr__(self, field.name, value)
        if self.n_relevant > self.n_tokens:
            domain = f"{Interval(1, self.n_tokens, integer=True)}, the number of tokens"
            raise ParameterError("n_relevant", domain, self.n_relevant)
        if not isinstance(self.shift, FiniteShift | BoxShift):
            raise ParameterError("shift", "a FiniteShift or a BoxShift", self.shift)

    @property
    def n_irrelevant(self) -> int:
        r"""The number m' = T - m of context-irrelevant tokens."""
        return self.n_tokens - self.n_relevant

    @property
    def relevant_fraction(self) -> float:
        r"""The share ζ = m/T of context-relevant tokens."""
        return self.n_relevant / self.n_tokens

    @property
    def is_core(self) -> bool:
        r"""Whether there is no shift, δ = 0, and the noise is isotropic and spares the relevant tokens."""
        return self.shift == NO_SHIFT and self.has_plain_noise

    @property
    def has_plain_noise(self) -> bool:
        r"""Whether the noise is isotropic and spares the relevant tokens: ϱ = 0, c_q = c_w = 1."""
        return (self.relevant_noise, self.context_noise, self.signal_noise) == (0, 1, 1)
