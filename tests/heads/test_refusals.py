r"""What no formula covers is refused, with the reason."""

import math

import pytest

from theory.heads import trained_head_error
from theory.model import ContextualModel, FiniteShift, KnownPrompt, ParameterError, known_prompt

DATA = {"T": 30, "m": 5, "d": 9, "W": 0.8, "Q": 1.4, "sigma": 1.1, "n": 25}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tau": 0.7, "head": "full"}, "head must be orthogonal"),
        ({"tau": 0.7, "rho": 0.3}, "correlation must be"),
        ({"tau": 0.7, "sigma": 0.0}, "noise_std must be"),
        ({"tau": 0.7, "m": 30}, "n_relevant must be"),
        ({"tau": 9.0}, "prompt_strength must be at most"),
        ({"tau": 0.7, "W": 0.0}, "signal_norm must be positive"),
    ],
)
def test_uncovered_settings_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        trained_head_error(known_prompt(**{**DATA, **changes}), "logistic", 0.1)


def test_shifted_tokens_are_refused() -> None:
    model = ContextualModel(
        n_tokens=30, n_relevant=5, dim=9, signal_norm=0.8, context_norm=1.4, shift=FiniteShift(((0.1, 0.2, 0.0),), (1.0,))
    )
    with pytest.raises(ParameterError, match="shift must be"):
        trained_head_error(KnownPrompt(model=model, prompt_strength=0.5, n_samples=20), "hinge", 0.1)


def test_max_margin_needs_separable_data() -> None:
    with pytest.raises(ParameterError, match="n_samples must be below"):
        trained_head_error(known_prompt(**{**DATA, "n": 2000}, tau=0.3), "max-margin")


def test_unknown_loss_and_negative_ridge_are_refused() -> None:
    with pytest.raises(ParameterError, match="loss must be one of"):
        trained_head_error(known_prompt(**DATA, tau=0.3), "exponential")
    with pytest.raises(ParameterError, match="ridge must be"):
        trained_head_error(known_prompt(**DATA, tau=0.3), "hinge", -1.0)


def test_correlation_shortens_the_signal_without_a_prompt() -> None:
    leaning = trained_head_error(known_prompt(**DATA, tau=0.0, rho=0.6), "logistic", 0.02)
    shorter = trained_head_error(known_prompt(**{**DATA, "W": 0.8 * 0.8}, tau=0.0), "logistic", 0.02)
    assert math.isclose(leaning.value, shorter.value, rel_tol=1e-12)
