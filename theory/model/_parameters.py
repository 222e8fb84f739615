r"""Every parameter declared once: validation, command line, test strategies, table headers and LaTeX read it here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from theory.model._domain import Choice, Domain, Flag, Interval
from theory.model._losses import LOSSES
from theory.model._registry import Registered

__all__ = ["PARAMETERS", "Parameter", "parameter_named"]


@dataclass(frozen=True)
class Parameter:
    r"""The declaration of one parameter.

    Parameters
    ----------
    name
        The Python name; on the command line `--` and hyphens for underscores.
    symbol
        The symbol in table headers.
    latex
        The symbol in LaTeX, without dollar signs.
    domain
        The admissible values.
    meaning
        One line of help.
    generic
        Two values between which tests draw: inside the domain, away from the values where a formula could hide an error.
    default
        The value, or its text, when none is given; `None` if one must be given.
    """

    name: str
    symbol: str
    latex: str
    domain: Domain
    meaning: str
    generic: tuple[float, float] | None = None
    default: Any = None

    @property
    def option(self) -> str:
        r"""The option of this parameter on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def column(self) -> str:
        r"""The header of this parameter in tables: its symbol in letters that every format has."""
        letters = self.latex.removeprefix("\\")
        return letters if letters.isalpha() else self.name


_LENGTH = Interval(0, 1e15)  # squares and their products with counts stay far inside the range of a double
_RATIO = Interval(0, 1e6)
_RIDGE = Interval(0, 1e15)

_DECLARATIONS = (
    Parameter("n_tokens", "T", "T", Interval(1, integer=True), "tokens per sample", (8, 300)),
    Parameter(
        "n_relevant",
        "m",
        "m",
        Interval(1, integer=True),
        "context-relevant tokens per sample, at most n-tokens",
        (2, 40),
    ),
    Parameter("dim", "d", "d", Interval(2, integer=True), "dimension of a token", (5, 60)),
    Parameter("signal_norm", "W", "W", _LENGTH, "length of w*, which carries the label", (0.2, 1.7)),
    Parameter("context_norm", "Q", "Q", _LENGTH, "length of q*, which carries the context", (0.3, 2.5)),
    Parameter("noise_std", "σ", r"\sigma", _LENGTH, "standard deviation of the token noise", (0.4, 1.6), default=1.0),
    Parameter("correlation", "ρ", r"\rho", Interval(-1, 1), "cosine of the angle between w* and q*", (-0.8, 0.8), default=0.0),
    Parameter(
        "label_prior",
        "π",
        r"\pi",
        Interval(0, 1, open_lower=True, open_upper=True),
        "probability of y = +1",
        (0.2, 0.8),
        default=0.5,
    ),
    Parameter(
        "relevant_noise",
        "ϱ",
        r"\varrho",
        _RATIO,
        "standard deviation of the noise of relevant tokens, in units of noise-std",
        (0.2, 0.9),
        default=0.0,
    ),
    Parameter(
        "context_noise",
        "c_q",
        "c_q",
        _RATIO,
        "standard deviation of token noise along q*, in units of noise-std",
        (0.4, 1.8),
        default=1.0,
    ),
    Parameter(
        "signal_noise",
        "c_w",
        "c_w",
        _RATIO,
        "standard deviation of token noise along the part of w* orthogonal to q*, in units of noise-std",
        (0.4, 1.8),
        default=1.0,
    ),
    Parameter("prompt_strength", "τ", r"\tau", _LENGTH, "length of the prompt q, by default q = τ q*/Q", (0.2, 2.5)),
    Parameter(
        "prompt_angle",
        "θ",
        r"\theta",
        Interval(0, math.pi),
        "angle between the prompt and q*, in radians",
        (0.2, 1.3),
        default=0.0,
    ),
    Parameter(
        "prompt_azimuth",
        "φ",
        r"\varphi",
        Interval(0, math.pi),
        "angle, in radians, between the part of the prompt orthogonal to q* and that of w*; without influence at prompt-angle 0",
        (0.3, 2.8),
        default=math.pi / 2,
    ),
    Parameter(
        "n_samples",
        "n",
        "n",
        Interval(1, integer=True, closed_at_infinity=True),
        "training samples of the head, a number or inf",
        (4, 400),
    ),
    Parameter(
        "head",
        "head",
        r"\text{head}",
        Choice(("orthogonal", "full")),
        "coordinates the head is trained on: those orthogonal to q*, or all",
        default="orthogonal",
    ),
    Parameter("intercept", "intercept", r"\text{intercept}", Flag(), "Train an intercept with the head.", default=False),
    Parameter("loss", "loss", r"\text{loss}", Registered(LOSSES), "loss that the head minimises", default="squared"),
    Parameter(
        "ridge",
        "λ",
        r"\text{ridge}",
        _RIDGE,
        "ridge, in units of the squared length of a pooled feature; max-margin has none",
        (0.01, 0.3),
        default=0.0,
    ),
)

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({declared.name: declared for declared in _DECLARATIONS})


def parameter_named(header: str, among: Sequence[Parameter] = _DECLARATIONS) -> Parameter:
    r"""The parameter that a column of a settings file means: by name, table header or symbol.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> parameter_named("tau").name, parameter_named("n-tokens").name
    ('prompt_strength', 'n_tokens')
    """
    for parameter in among:
        if header.strip().replace("-", "_") in (parameter.name, parameter.column, parameter.symbol):
            return parameter
    known = ", ".join(f"{parameter.column} ({parameter.name})" for parameter in among)
    raise ValueError(f"column {header} must be one of {known}")
