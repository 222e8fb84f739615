r"""What can be wrong with a source of real data: it is not there, or it is not what it should be; each says the remedy."""

import hashlib
import importlib
from types import ModuleType
from typing import Any

__all__ = ["CorruptSourceError", "MissingSourceError", "SourceError", "imported", "verified"]


class SourceError(RuntimeError):
    r"""A source of real data cannot be used; the message names the file or package, what is wrong, and the remedy.

    Parameters
    ----------
    what
        The file or package.
    wrong
        What is wrong with it.
    remedy
        A command or a sentence.
    """

    def __init__(self, what: object, wrong: str, remedy: str) -> None:
        super().__init__(" ".join(f"{what} {wrong}; {remedy}".split()))  # one line, whatever a library says
        self.what, self.wrong, self.remedy = str(what), wrong, remedy

    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, str, str]]:
        return type(self), (self.what, self.wrong, self.remedy)


class MissingSourceError(SourceError):
    r"""The file or package is not there: a test that needs it is skipped and shows this message."""


class CorruptSourceError(SourceError):
    r"""The file is there and is not what it should be: never a reason to skip."""


def imported(module: str, extra: str) -> Any:
    r"""A module of an optional package.

    Parameters
    ----------
    module
        Its name, such as ``"mlxtend.data"``.
    extra
        The extra of this project that brings it.

    Raises
    ------
    MissingSourceError
        If it is not installed; the remedy names the extra.

    Examples
    --------
    >>> try:
    ...     imported("no_such_package.data", "images")
    ... except MissingSourceError as error:
    ...     print(error)
    package no_such_package is not installed; install the extra: pip install '.[images]'
    """
    package = module.partition(".")[0]
    try:
        found: ModuleType = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package is there and broken: that is not a missing extra
        remedy = f"install the extra: pip install '.[{extra}]'"
        raise MissingSourceError(f"package {package}", "is not installed", remedy) from None
    return found


def verified(content: bytes, sha256: str, *, what: object, remedy: str) -> bytes:
    r"""The content, once its checksum is the expected one.

    Raises
    ------
    CorruptSourceError
        If it is another.

    Examples
    --------
    >>> try:
    ...     verified(b"abc", "0" * 64, what="a.txt", remedy="fetch it again")
    ... except CorruptSourceError as error:
    ...     print(error)
    a.txt has the SHA-256 checksum ba7816bf8f01cfea… where 0000000000000000… is right; fetch it again
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise CorruptSourceError(what, f"has the SHA-256 checksum {found[:16]}… where {sha256[:16]}… is right", remedy)
    return content
