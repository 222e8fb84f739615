r"""Real data where they are there; where not, a skipped test that says which extra or command brings them."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from simulations.real.sources import MissingSourceError

__all__ = ["or_skip"]

Made = TypeVar("Made")


def or_skip(make: Callable[[], Made]) -> Made:
    r"""What a function makes; a missing source is a skipped test, a corrupt one is not."""
    try:
        return make()
    except MissingSourceError as error:
        pytest.skip(str(error))
