r"""Test strategies from the parameter declarations: generic values, where no 0, 1 or 2 can hide an error."""

from hypothesis import strategies as st

from theory.model import PARAMETERS, ContextualModel, HeadSetting, Interval, Prompt

__all__ = ["generic", "known_prompts", "models"]


def generic(name: str) -> st.SearchStrategy[int] | st.SearchStrategy[float]:
    r"""Generic values of one declared parameter."""
    declared = PARAMETERS[name]
    assert declared.generic is not None
    low, high = declared.generic
    if isinstance(declared.domain, Interval) and declared.domain.integer:
        return st.integers(int(low), int(high))
    return st.floats(low, high, allow_nan=False)


@st.composite
def models(draw: st.DrawFn, **fixed: object) -> ContextualModel:
    r"""Core models with noise and irrelevant tokens; `fixed` parameters keep the given value."""
    names = ("n_tokens", "dim", "signal_norm", "context_norm", "noise_std")
    values = {name: fixed.get(name, draw(generic(name))) for name in names}
    values["n_relevant"] = draw(st.integers(1, int(values["n_tokens"]) - 1))
    return ContextualModel(**{**values, **fixed})


@st.composite
def known_prompts(draw: st.DrawFn, **fixed: object) -> HeadSetting:
    r"""Known-prompt settings on core models."""
    strength = fixed.pop("prompt_strength", None)
    own = {name: fixed.pop(name) for name in ("n_samples", "head") if name in fixed}
    prompt = Prompt(draw(generic("prompt_strength")) if strength is None else strength)
    values = {"n_samples": draw(generic("n_samples")), **own}
    return HeadSetting(model=draw(models(**fixed)), prompt=prompt, **values)
