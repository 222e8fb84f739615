r"""`python -m simulations head-error` and `separability` take every option of a prompt, a noise, a loss and a head."""

import json
import shlex

import pytest

from simulations.__main__ import door

EXAMPLE = (
    "--n-tokens 20 --n-relevant 4 --dim 5 --signal-norm 1.1 --context-norm 1.2 --noise-std 0.9 --prompt-strength 1.1 "
    "--n-samples 12 --precision 0.2 --budget 2000 --json"
)
EVERYTHING = (
    "--head full --intercept --prompt-angle 0.5 --prompt-azimuth 0.8 --correlation 0.3 --relevant-noise 0.4 "
    "--context-noise 1.3 --signal-noise 0.7 --label-prior 0.4"
)


def estimate(capsys: pytest.CaptureFixture[str], line: str) -> dict:
    assert door.run(shlex.split(line)) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("ridge", [0.0, 0.05])
@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge", "squared-hinge"])
def test_every_loss_takes_every_option(capsys: pytest.CaptureFixture[str], loss: str, ridge: float) -> None:
    plain = estimate(capsys, f"head-error {EXAMPLE} --loss {loss} --ridge {ridge}")
    printed = estimate(capsys, f"head-error {EXAMPLE} {EVERYTHING} --loss {loss} --ridge {ridge}")
    assert printed["setting"]["intercept"] is True
    assert printed["setting"]["prompt_angle"] == 0.5
    assert 0.05 < printed["interval"][0] < printed["value"] < printed["interval"][1] < 0.5
    assert printed["value"] != plain["value"]


def test_separability_takes_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    line = f"separability {EXAMPLE} --n-samples 20 {EVERYTHING}"  # separable about half of the time
    with_all = estimate(capsys, line)
    without = estimate(capsys, line.replace("--intercept", ""))
    assert 0 < without["probability"] < with_all["probability"] < 1


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("--loss max-margin --n-samples 40", ["--n-samples", "separable", "40"]),
        ("--loss hinge --n-samples inf", ["--n-samples", "finite", "inf"]),
        ("--prompt-angle 0.4 --n-samples inf", ["--n-samples", "prompt aligned", "inf"]),
        ("--prompt-angle 4", ["--prompt-angle", "3.14", "4"]),
        ("--relevant-noise -1", ["--relevant-noise", "[0, inf)", "-1"]),
        ("--ridge -1", ["--ridge", "[0, inf)", "-1"]),
        ("--dim 2 --prompt-angle 0.4", ["--prompt-azimuth", "dim = 2"]),
    ],
)
def test_what_cannot_be_simulated_is_one_line(capsys: pytest.CaptureFixture[str], change: str, names: list[str]) -> None:
    assert door.run(shlex.split(f"head-error {EXAMPLE} {change}")) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for name in names:
        assert name in error
