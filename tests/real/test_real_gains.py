r"""Real images and real text: attention finds the relevant tokens, it pays, and theory says by how much."""

import pandas as pd
import pytest

from simulations.real import image_task, movie_task
from simulations.real.study import Study, gains, measured, summary, verdict
from tests.benchmarks.real import LAWS, judged, predictions
from tests.real.available import or_skip

pytestmark = pytest.mark.xdist_group("real-gains")  # one worker measures once, for all tests of this file

LEARNERS = ("mean-pooling", "prompt-attention", "known-prompt", "oracle")
CONFIDENCE = 0.99
SPLITS = 6


@pytest.fixture(scope="module")
def images() -> tuple[Study, pd.DataFrame]:
    study = or_skip(lambda: Study(image_task("mnist", encoding="contrast", dim=40), (500,), LEARNERS, SPLITS))
    return study, or_skip(lambda: measured(study))


@pytest.fixture(scope="module")
def text() -> tuple[Study, pd.DataFrame]:
    task = or_skip(lambda: movie_task(3))
    if not or_skip(lambda: task.is_encoded):
        pytest.skip("the sentences are not encoded yet: python -m simulations.real study --group text encodes and keeps them")
    study = Study(task, (1000,), LEARNERS, SPLITS)
    return study, measured(study)


@pytest.mark.parametrize(("data", "least"), [("images", 0.03), ("text", 0.03)])
def test_prompt_attention_gains_over_mean_pooling(request: pytest.FixtureRequest, data: str, least: float) -> None:
    _, frame = request.getfixturevalue(data)
    gain = gains(frame, "mean-pooling", CONFIDENCE).query("learner == 'prompt-attention'").iloc[0]
    assert verdict(gain["low"], gain["high"], least) == "yes", gain.to_dict()


@pytest.mark.parametrize("data", ["images", "text"])
def test_attention_on_relevant_tokens_is_well_above_their_share(request: pytest.FixtureRequest, data: str) -> None:
    _, frame = request.getfixturevalue(data)
    row = summary(frame, CONFIDENCE).query("learner == 'prompt-attention'").iloc[0]
    assert verdict(row["mass low"], row["mass high"], 1.5 * row["share"]) == "yes", row.to_dict()


@pytest.mark.parametrize("data", ["images", "text"])
def test_order_of_the_methods(request: pytest.FixtureRequest, data: str) -> None:
    r"""Knowing which tokens are relevant is worth as much as being told, and more than mean pooling."""
    _, frame = request.getfixturevalue(data)
    against = gains(frame, "oracle", CONFIDENCE).set_index("learner")
    assert verdict(*against.loc["mean-pooling", ["low", "high"]], 0.0) == "no"
    assert verdict(*against.loc["known-prompt", ["low", "high"]], -0.03) == "yes"


@pytest.fixture(scope="module")
def predicted(text: tuple[Study, pd.DataFrame]) -> pd.DataFrame:
    return predictions(Study(text[0].task, (100, 300, 1000), splits=SPLITS))


def test_prediction_on_text_is_not_off_by_more_than_two_points(predicted: pd.DataFrame) -> None:
    verdicts = judged(predicted, confidence=CONFIDENCE)
    best = verdicts.query("n == 1000")
    for law in LAWS[:2]:
        assert (verdicts[f"{law} within"] != "no").all(), verdicts
        assert best[f"{law} low"].min() > -0.05, best  # the intervals are short: the test could have failed
        assert best[f"{law} high"].max() < 0.05, best


def test_wrong_predictions_on_text_are_rejected(predicted: pd.DataFrame) -> None:
    r"""Mean pooling predicted for the known prompt and the other way round; n = 1000 predicted for n = 300."""
    frame = predicted[predicted["n"] > 100]
    swapped = frame.assign(method=frame["method"].map({"mean pooling": "known prompt", "known prompt": "mean pooling"}))
    merged = frame.merge(swapped, on=["task", "method", "n", "split"], suffixes=("", " wrong"))
    wrong = judged(merged.assign(tokens=merged["tokens wrong"]), confidence=CONFIDENCE)
    assert (wrong["tokens within"] == "no").all(), wrong
    limit = frame.query("n == 1000").set_index(["method", "split"])["tokens"]
    early = frame.query("n == 300").set_index(["method", "split"])
    late = judged(early.assign(tokens=limit).reset_index(), confidence=CONFIDENCE)
    assert (late["tokens low"] > 0).all(), late
