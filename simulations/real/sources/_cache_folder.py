r"""Where fetched files and encoded sentences are kept: outside the project, for they are never committed."""

import os
from pathlib import Path

__all__ = ["CACHE_VARIABLE", "cache_folder", "written"]

CACHE_VARIABLE = "PROMPT_ATTENTION_DATA"


def cache_folder() -> Path:
    r"""The folder that the environment variable PROMPT_ATTENTION_DATA names, or the user's cache folder (XDG).

    It need not exist yet.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prompt-attention-verification"


def written(path: Path, content: bytes) -> Path:
    r"""The path, after the content is there whole: a run that is killed leaves no half file, and two runs do not mix.

    Examples
    --------
    >>> import tempfile
    >>> written(Path(tempfile.mkdtemp()) / "a" / "b.txt", b"whole").read_bytes()
    b'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return path
