r"""Declared architectures: every part that is named exists, and every part that may lack has words for its refusal."""

from dataclasses import fields, replace

import pytest

from theory.model import ARCHITECTURES, Architecture, ParameterError, offered

PARTS = [part.name for part in fields(Architecture) if part.default is None]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_part_that_is_declared_is_found(architecture: str) -> None:
    declared = ARCHITECTURES[architecture]
    assert declared.name == architecture
    for part in PARTS:
        assert getattr(declared, part) is None or callable(offered(architecture, part))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_may_lack_and_is_refused_in_words(part: str) -> None:
    whole = ARCHITECTURES["mean-pooling"]
    ARCHITECTURES.declare("partial", replace(whole, name="partial", **{part: None}))
    try:
        with pytest.raises(ParameterError, match=r"^architecture must be one with .+, got partial$"):
            offered("partial", part)
    finally:
        ARCHITECTURES.withdraw("partial")
