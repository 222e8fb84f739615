r"""Powers of a number close to one, as large as a context, without loss of digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["log_power"]

Complex = NDArray[np.complex128]


def log_power(change: Complex, count: int) -> Complex:
    """`m log(1 + x)` for complex x, accurate also where x is as small as 1/m.

    >>> round(float(log_power(np.array([1e-12 + 1e-9j]), 10**9)[0].real), 12)
    0.0010000005
    """
    re, im = change.real, change.imag
    near = np.hypot(re, im) < 0.5  # else 1 + x loses no digits
    x, y = np.where(near, re, 0.0), np.where(near, im, 0.0)
    size = np.where(near, 0.5 * np.log1p(2.0 * x + x * x + y * y), np.log(np.hypot(1.0 + re, im) + 1e-300))
    result: Complex = count * (size + 1j * np.arctan2(im, 1.0 + re))
    return result
