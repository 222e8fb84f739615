r"""What no formula covers is refused, with the reason; what is covered is not."""

import math

import pytest

from theory.head import fundamental_limit, head_error, sample_scales, separability, trained_head_error
from theory.model import ContextualModel, FiniteShift, HeadSetting, ParameterError, Prompt, head_setting

DATA = {"T": 30, "m": 5, "d": 9, "W": 0.8, "Q": 1.4, "sigma": 1.1, "n": 25}
BEYOND = [
    {"head": "full"},
    {"intercept": True},
    {"rho": 0.3},
    {"pi": 0.3},
    {"relevant_noise": 0.4},
    {"context_noise": 0.4},
    {"signal_noise": 0.4},
    {"prompt_angle": 0.4},
]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tau": 0.7, "sigma": 0.0}, "noise_std must be"),
        ({"tau": 0.7, "m": 30}, "n_relevant must be"),
        ({"tau": 9.0}, "prompt_strength must be such that scores have a standard deviation of at most 6"),
        ({"tau": 2.0, "relevant_noise": 3.0}, "prompt_strength must be such that"),
        ({"tau": 0.7, "W": 0.0}, "signal_norm must be positive"),
        ({"tau": 0.7, "rho": 1.0}, "signal_norm must be positive, and w\\* not along q\\*"),
    ],
)
def test_uncovered_settings_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        trained_head_error(head_setting(**{**DATA, **changes}).trained_by("logistic", 0.1))


@pytest.mark.parametrize("changes", BEYOND)
def test_every_setting_without_a_shift_is_answered(changes: dict) -> None:
    setting = head_setting(**DATA, tau=0.7, **changes)
    for answer in (
        trained_head_error(setting.trained_by("logistic", 0.1)),
        head_error(setting),
        separability(setting)["threshold"],
    ):
        assert 0 < answer.value < 0.5
        assert answer.abs_error < 5e-3 * answer.value


@pytest.mark.parametrize("formula", [trained_head_error, separability, head_error])
def test_shifted_tokens_are_refused(formula) -> None:
    model = ContextualModel(
        n_tokens=30, n_relevant=5, dim=9, signal_norm=0.8, context_norm=1.4, shift=FiniteShift(((0.1, 0.2, 0.0),), (1.0,))
    )
    with pytest.raises(ParameterError, match="shift must be"):
        formula(HeadSetting(model=model, prompt=Prompt(0.5), n_samples=20))


@pytest.mark.parametrize("changes", [change for change in BEYOND if change != {"pi": 0.3}])
@pytest.mark.parametrize("formula", [fundamental_limit, sample_scales])
def test_what_is_proven_for_core_data_alone_says_so(formula, changes: dict) -> None:
    if formula is sample_scales and "rho" in changes:
        return  # two labels, one signal: still scales
    with pytest.raises(ParameterError, match=f"{next(iter(changes)).replace('rho', 'correlation')} must be"):
        formula(head_setting(**DATA, tau=0.7, **changes))


def test_max_margin_needs_separable_data() -> None:
    for changes in ({}, {"intercept": True, "pi": 0.3}):
        with pytest.raises(ParameterError, match="n_samples must be below"):
            trained_head_error(head_setting(**{**DATA, "n": 2000}, tau=0.3, **changes).trained_by("max-margin"))


def test_unknown_loss_and_negative_ridge_are_refused() -> None:
    with pytest.raises(ParameterError, match="loss must be one of"):
        trained_head_error(head_setting(**DATA, tau=0.3).trained_by("exponential"))
    with pytest.raises(ParameterError, match="ridge must be"):
        trained_head_error(head_setting(**DATA, tau=0.3).trained_by("hinge", -1.0))


def test_correlation_shortens_the_signal_without_a_prompt() -> None:
    leaning = trained_head_error(head_setting(**DATA, tau=0.0, rho=0.6).trained_by("logistic", 0.02))
    shorter = trained_head_error(head_setting(**{**DATA, "W": 0.8 * 0.8}, tau=0.0).trained_by("logistic", 0.02))
    assert math.isclose(leaning.value, shorter.value, rel_tol=1e-12)
