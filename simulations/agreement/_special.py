r"""SciPy's special functions, imported when the first claim needs one."""

from __future__ import annotations

from types import ModuleType

__all__ = ["special"]


def special() -> ModuleType:
    r"""The module `scipy.special`.

    >>> float(special().ndtri(0.5))
    0.0
    """
    import scipy.special  # here: it takes longer than all else that the plugin imports, and most runs of pytest judge nothing

    module: ModuleType = scipy.special
    return module
