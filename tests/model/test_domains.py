r"""Every parameter refuses values outside its domain, in one line that names it."""

import math

import pytest
from hypothesis import given

from tests.strategies import models
from theory.model import (
    PARAMETERS,
    BoxShift,
    ContextualModel,
    FiniteShift,
    HeadSetting,
    Interval,
    ParameterError,
    Prompt,
    head_setting,
    refuse_beyond,
)

GOOD = {"n_tokens": 30, "n_relevant": 7, "dim": 5, "signal_norm": 0.8, "context_norm": 1.3, "noise_std": 0.7}


@given(model=models())
def test_shares_add_up(model: ContextualModel) -> None:
    assert model.n_relevant + model.n_irrelevant == model.n_tokens
    assert 0 < model.relevant_fraction < 1


@pytest.mark.parametrize(
    "name", [n for n, p in PARAMETERS.items() if isinstance(p.domain, Interval) and n in ContextualModel.__annotations__]
)
@pytest.mark.parametrize("value", [math.nan, -1.5, math.inf, "many", None, True])
def test_refuses_values_outside_the_domain(name: str, value: object) -> None:
    with pytest.raises(ParameterError) as refusal:
        ContextualModel(**{**GOOD, name: value})
    message = str(refusal.value)
    assert "\n" not in message
    assert message.startswith(f"{name} must be a")
    assert "got" in message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_relevant": 31}, "n_relevant must be an integer in [1, 30], the number of tokens, got 31"),
        ({"dim": 5.5}, "dim must be an integer in [2, inf), got 5.5"),
        ({"correlation": 1.1}, "correlation must be a real number in [-1, 1], got 1.1"),
        ({"label_prior": 1.0}, "label_prior must be a real number in (0, 1), got 1.0"),
        ({"shift": 3}, "shift must be a FiniteShift or a BoxShift, got 3"),
    ],
)
def test_says_what_is_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        ContextualModel(**{**GOOD, **change})
    assert str(refusal.value) == message


def test_known_prompt_counts_its_features() -> None:
    setting = head_setting(**GOOD, prompt_strength=1.2, n_samples=math.inf)
    assert (setting.n_features, HeadSetting(model=setting.model, prompt=Prompt(0), n_samples=3, head="full").n_features) == (
        4,
        5,
    )
    with pytest.raises(ParameterError, match="n_samples must be finite here, got inf"):
        _ = setting.finite_samples


def test_flat_values_describe_the_setting() -> None:
    setting = head_setting(**GOOD, prompt_strength=1.2, n_samples=17, head="full")
    assert head_setting(**setting.values) == setting


def test_missing_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match=r"prompt_strength must be a real number in \[0, 1e\+15\], got nothing"):
        head_setting(**GOOD, n_samples=17)
    with pytest.raises(ParameterError, match="n_tokens must be an integer"):
        head_setting(n_samples=17)


@pytest.mark.parametrize("text", ["1,2:0.5", "0,0,0:0.5", "0,0,0:half", "inf,0,0:1", "0,0,0:-1; 1,0,0:2", ""])
def test_shift_laws_are_validated(text: str) -> None:
    with pytest.raises(ParameterError, match="shift must be"):
        FiniteShift.parsed(text)


def test_boxes_have_ordered_ends() -> None:
    with pytest.raises(ParameterError, match="shift must be a box"):
        BoxShift((0.0, 1.0, 0.0), (1.0, 0.5, 0.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"relevant_noise": 0.3}, "relevant_noise must be 0 for the formula, got 0.3"),
        ({"context_noise": 0.3}, "context_noise must be 1 for the formula, got 0.3"),
        ({"signal_noise": 0.3}, "signal_noise must be 1 for the formula, got 0.3"),
        ({"label_prior": 0.3}, "label_prior must be 0.5 for the formula, got 0.3"),
        ({"prompt_angle": 0.3}, "prompt_angle must be 0 for the formula, got 0.3"),
        ({"head": "full"}, "head must be orthogonal for the formula, got full"),
        ({"intercept": True}, "intercept must be false for the formula, got True"),
    ],
)
def test_a_formula_refuses_what_it_does_not_cover(change: dict[str, object], message: str) -> None:
    setting = head_setting(**GOOD, prompt_strength=1.2, n_samples=17, **change)
    with pytest.raises(ParameterError, match=f"^{message}$"):
        refuse_beyond(setting, "the formula", {"correlation"})
    refuse_beyond(setting, "the formula", set(change))


def test_a_prompt_in_the_plane_has_no_third_direction() -> None:
    plane = {**GOOD, "dim": 2, "prompt_strength": 1.2, "n_samples": 17, "prompt_angle": 0.4}
    with pytest.raises(ParameterError, match="prompt_azimuth must be 0 or π where dim = 2"):
        head_setting(**plane)
    assert head_setting(**plane, prompt_azimuth=0.0).prompt.azimuth == 0
