r"""The command line of real data: what it lists and refuses, and a study that is killed and goes on."""

import json
from pathlib import Path

import pandas as pd
import pytest

import simulations.real.__main__ as commands
from simulations.real import image_task
from simulations.real.study import GROUPS, Study, studies
from tests.real.available import or_skip
from theory.model import ParameterError


@pytest.fixture
def small_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Study]:
    r"""Two small studies in place of the planned ones, and an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMPT_ATTENTION_DATA", str(tmp_path / "data"))
    tasks = [or_skip(lambda t=t: image_task("digits", n_tiles=t, dim=6)) for t in (3, 4)]
    planned = [Study(task, (20, 40), learners=("mean-pooling", "oracle"), splits=3) for task in tasks]
    monkeypatch.setattr(commands, "studies", lambda *_, **__: planned)
    return planned


def test_every_command_is_listed_with_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.door.run(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["setup", "joined", "study", "pictures"]
    for name in commands.door.commands:
        assert commands.door.run([name, "--help"]) == 0
        assert f"python -m simulations.real {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (["study", "--group", "sound"], ["--group", "text, images, all", "sound"]),
        (["study", "--splits", "1"], ["--splits", "1"]),
        (["joined", "--n-splits", "many"], ["--n-splits", "many"]),
        (["pictures", "--root-seed", "-1"], ["--root-seed", "-1"]),
        (["dance"], ["dance"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(capsys: pytest.CaptureFixture[str], line: list[str], names: list[str]) -> None:
    assert commands.door.run(line) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert all(name in printed.err for name in names)


@pytest.mark.parametrize(("there", "group", "said"), [(True, "all", False), (False, "all", True), (False, "text", False)])
def test_data_left_out_are_named(
    small_study, capsys, monkeypatch: pytest.MonkeyPatch, there: bool, group: str, said: bool
) -> None:
    monkeypatch.setattr(commands, "fashion_is_there", lambda: there)
    monkeypatch.setattr(commands, "whole_study", lambda *_, **__: [])
    assert commands.door.run(["study", "--group", group]) == 0
    assert ("left out: Fashion-MNIST is not there" in capsys.readouterr().err) == said


def test_study_writes_its_tables(small_study: list[Study], capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.door.run(["study", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["tables"] == "tables"
    said = [line for line in printed.err.splitlines() if not line.startswith("left out: Fashion-MNIST")]
    assert said == [f"finished: {study.task.name}" for study in small_study]
    accuracy, gains = (pd.read_csv(f"tables/real-{name}.csv") for name in ("accuracy", "gains"))
    assert set(accuracy["task"]) == {study.task.name for study in small_study}
    assert set(accuracy["learner"]) == {"mean-pooling", "oracle"}
    assert set(gains["learner"]) == {"oracle"}
    assert (Path("tables") / "real-gains.tex").read_text(encoding="utf-8").startswith("\\begin{tabular}")


def test_a_second_run_measures_nothing_and_says_the_same(small_study: list[Study], monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.door.run(["study"]) == 0
    first = Path("tables/real-accuracy.csv").read_bytes()

    def no_more(self: Study, index: int) -> None:
        raise AssertionError(f"split {index} was measured again")

    monkeypatch.setattr(Study, "split", no_more)
    assert commands.door.run(["study"]) == 0
    assert Path("tables/real-accuracy.csv").read_bytes() == first


def test_a_killed_study_goes_on_where_it_stopped(small_study: list[Study], monkeypatch: pytest.MonkeyPatch) -> None:
    original, made = Study.split, []

    def dies_at_the_fifth(self: Study, index: int):
        if len(made) == 4:
            raise RuntimeError("killed")
        made.append((self.task.n_tokens, index))
        return original(self, index)

    monkeypatch.setattr(Study, "split", dies_at_the_fifth)
    with pytest.raises(RuntimeError, match="killed"):
        commands.door.run(["study"])
    assert made == [(3, 0), (3, 1), (3, 2), (4, 0)]
    made.clear()
    assert commands.door.run(["study"]) == 0
    assert made == [(4, 1), (4, 2)]


def test_planned_studies_have_names_of_their_own() -> None:
    for group in GROUPS:
        planned = or_skip(lambda group=group: studies(group, splits=2))
        names = [study.task.name for study in planned]
        assert len(set(names)) == len(names) >= 4
    with pytest.raises(ParameterError, match="group"):
        studies("sound")
