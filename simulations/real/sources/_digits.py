r"""1,797 handwritten digits of 8 × 8 pixels: they ship inside scikit-learn."""

from functools import cache

import numpy as np

from simulations.real.sources._errors import imported
from simulations.real.sources._labelled_images import LabelledImages

__all__ = ["digits"]


@cache
def digits() -> LabelledImages:
    r"""The digits of the installed package.

    Raises
    ------
    MissingSourceError
        If the package is not there.
    """
    found = imported("sklearn.datasets", "images").load_digits()
    return LabelledImages("digits", (found.images / 16).astype(np.float32), found.target.astype(np.int64), tuple("0123456789"))
