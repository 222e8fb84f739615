r"""Laws of a study: resumable, the same bits whatever the workers, and verdicts by intervals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from simulations.engine import Store
from simulations.real.study import (
    Study,
    crossings,
    csv_text,
    gains,
    latex_text,
    markdown_text,
    mean_interval,
    measured,
    summary,
    verdict,
    write_frame,
)
from simulations.real.study import _measurements as study_module
from tests.real.synthetic import Synthetic
from theory.model import ContextualModel, ParameterError

MODEL = ContextualModel(n_tokens=6, n_relevant=2, dim=5, signal_norm=0.7, context_norm=1.8, noise_std=0.9)
STUDY = Study(Synthetic(MODEL), (12, 30), learners=("mean-pooling", "prompt-attention", "linear-prompt", "oracle-ls"), splits=3)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return measured(STUDY)


def test_result_does_not_depend_on_workers(frame: pd.DataFrame) -> None:
    assert_frame_equal(measured(STUDY, workers=2), frame, check_exact=True)


def test_killed_run_loses_no_finished_split(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    work = study_module._result

    def killed_in_the_third(study: Study, index: int) -> tuple[int, np.ndarray]:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(index)
        return work(study, index)

    monkeypatch.setattr(study_module, "_result", killed_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        measured(STUDY, store=Store(tmp_path, "code"))
    monkeypatch.setattr(study_module, "_result", lambda study, index: (made.append(index), work(study, index))[1])
    assert_frame_equal(measured(STUDY, store=Store(tmp_path, "code")), frame, check_exact=True)
    assert made == [0, 1, 2]  # the two that were finished were not made again


def test_more_splits_leave_the_first_ones(frame: pd.DataFrame) -> None:
    fewer = measured(Study(STUDY.task, STUDY.sizes, STUDY.learners, splits=2))
    assert_frame_equal(fewer, frame[frame["split"] < 2].reset_index(drop=True), check_exact=True)


def test_frame_holds_every_combination_once(frame: pd.DataFrame) -> None:
    assert len(frame) == 3 * 2 * 4
    assert not frame.duplicated(["split", "n", "learner"]).any()
    assert frame["accuracy"].between(0, 1).all()
    assert frame.loc[frame["learner"] == "linear-prompt", "mass"].isna().all()
    assert_allclose(frame.loc[frame["learner"] == "mean-pooling", "mass"], MODEL.relevant_fraction, rtol=1e-12)


def test_summary_and_gains_are_means_over_splits(frame: pd.DataFrame) -> None:
    row = summary(frame).query("learner == 'prompt-attention' and n == 30").iloc[0]
    values = frame.query("learner == 'prompt-attention' and n == 30")["accuracy"]
    assert_allclose([row["accuracy"], row["low"], row["high"]], mean_interval(values), rtol=1e-14)
    baseline = frame.query("learner == 'mean-pooling' and n == 30")["accuracy"]
    gain = gains(frame, "mean-pooling").query("learner == 'prompt-attention' and n == 30").iloc[0]
    assert_allclose(gain["gain"], values.mean() - baseline.mean(), rtol=1e-12)
    with pytest.raises(ParameterError, match="baseline must be one of"):
        gains(frame, "fine-tuning")


def test_interval_of_the_mean_holds_the_mean() -> None:
    rng = np.random.default_rng(6)
    held = [low < 0.3 < high for _, low, high in (mean_interval(pd.Series(rng.normal(0.3, 2, 5)), 0.8) for _ in range(1000))]
    assert abs(np.mean(held) - 0.8) < 5 * np.sqrt(0.16 / 1000)
    assert mean_interval(pd.Series([0.4])) == (0.4, -np.inf, np.inf)


def curve(learner: str, accuracies: dict[int, float]) -> pd.DataFrame:
    cells = [(n, split, a + 0.001 * (split % 2)) for n, a in accuracies.items() for split in range(6)]
    rows = [("t", 4, 1, 3, n, learner, split, accuracy, np.nan) for n, split, accuracy in cells]
    return pd.DataFrame(rows, columns=["task", "T", "m", "d", "n", "learner", "split", "accuracy", "mass"])


def test_crossings_lie_between_decided_sample_sizes() -> None:
    ours = curve("ours", {10: 0.50, 100: 0.70, 1000: 0.80, 10000: 0.82})
    rival = curve("rival", {10: 0.52, 100: 0.66, 1000: 0.80, 10000: 0.90})
    noisy = rival.assign(accuracy=rival["accuracy"] + 1e-4 * (rival["split"] - 2.5))
    found = crossings(pd.concat([ours, noisy]), "ours", "rival")
    assert found["event"].tolist() == ["overtakes", "is overtaken"]
    assert found[["after", "before"]].to_numpy().tolist() == [[10, 100], [100, 10000]]
    assert_allclose(found["n"], [10 ** (1 + 2 / 6), 10 ** (2 + 2 * 4 / 12)], rtol=1e-3)


def test_verdict_is_three_valued() -> None:
    assert [verdict(*ends, 0.1) for ends in ((0.11, 0.2), (0.0, 0.09), (0.05, 0.2))] == ["yes", "no", "undecided"]


def test_tables_say_the_same_in_three_formats(frame: pd.DataFrame, tmp_path: Path) -> None:
    table = summary(frame)
    write_frame(tmp_path, "real", table)
    assert {path.name for path in tmp_path.iterdir()} == {"real.md", "real.csv", "real.tex"}
    back = pd.read_csv(tmp_path / "real.csv")
    assert_allclose(back["accuracy"], table["accuracy"], rtol=1e-15)
    assert csv_text(table) == (tmp_path / "real.csv").read_text()
    assert len(markdown_text(table).splitlines()) == len(table) + 2
    assert r"\toprule" in latex_text(table)
    assert "nan" not in markdown_text(table).lower()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sizes": ()}, "sizes must be"),
        ({"sizes": (10**6,)}, r"sizes must be an integer in \[1, 5000\], got 1000000"),
        ({"learners": ("magic",)}, "learners must be one of mean-pooling"),
        ({"splits": 0}, "splits must be"),
    ],
)
def test_study_names_what_is_wrong(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Study(**{"task": STUDY.task, "sizes": (20,), **changes})
