r"""Both front doors: same quantities, same options, JSON, and one line with exit code 2 for bad input."""

import json
import shlex
import sys

import pytest

import simulations.__main__
import theory.__main__
from theory.interface import CommandLine, FrontDoor

DOORS = {"theory": theory.__main__.door, "simulations": simulations.__main__.door}
EXAMPLE = (
    "head-error --n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --prompt-strength 1.5 --n-samples 120"
)
ATTENTION = "attention --n-tokens 40 --n-relevant 8 --signal-norm 0.3 --context-norm 1.3"
DISTRIBUTION = ATTENTION.replace("attention", "attention-distribution") + " --at 0.5"


def answer(capsys: pytest.CaptureFixture[str], door: FrontDoor, line: str) -> dict[str, object]:
    assert door.run([*shlex.split(line), "--json"]) == 0
    printed: dict[str, object] = json.loads(capsys.readouterr().out)
    return printed


def test_theory_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, DOORS["theory"], EXAMPLE)
    assert {"quantity", "value", "abs_error", "formula", "setting"} <= printed.keys()
    assert printed["formula"] == "finite-context"
    assert printed["setting"]["n_samples"] == 120


def test_simulations_answer_in_json_and_agree(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, DOORS["simulations"], f"{EXAMPLE} --precision 0.05")
    assert {"quantity", "value", "interval", "confidence", "method", "setting"} <= printed.keys()
    low, high = printed["interval"]
    assert low < answer(capsys, DOORS["theory"], EXAMPLE)["value"] < high


@pytest.mark.parametrize("loss", ["squared", "logistic", "hinge"])
def test_both_doors_answer_for_every_loss(capsys: pytest.CaptureFixture[str], loss: str) -> None:
    line = f"{EXAMPLE} --loss {loss} --ridge 0.05"
    low, high = answer(capsys, DOORS["simulations"], f"{line} --precision 0.05")["interval"]
    assert low < answer(capsys, DOORS["theory"], line)["value"] < high


def test_infinity_is_a_word_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, DOORS["theory"], EXAMPLE.replace("--n-samples 120", "--n-samples inf"))
    assert printed["setting"]["n_samples"] == "inf"


@pytest.mark.parametrize("package", DOORS)
def test_every_quantity_is_listed_and_its_example_runs(capsys: pytest.CaptureFixture[str], package: str) -> None:
    door = DOORS[package]
    assert door.run(["list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == list(door.commands)
    for name, example in ((command.name, command.example) for command in door.commands.values()):
        assert door.run([name, "--help"]) == 0
        assert example.split()[0] in capsys.readouterr().out
        fast = " --precision 0.2 --budget 4000" if package == "simulations" else ""
        printed = answer(capsys, door, f"{name} {example}{fast}")
        assert printed["quantity"] == name


@pytest.mark.parametrize("package", DOORS)
@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("--n-relevant 65", ["--n-relevant", "[1, 64]", "65"]),
        ("--noise-std -1", ["--noise-std", "[0, 1e+15]", "-1"]),
        ("--signal-norm nan", ["--signal-norm", "nan"]),
        ("--prompt-strength inf", ["--prompt-strength", "inf"]),
        ("--n-samples 7.5", ["--n-samples", "integer", "7.5"]),
        ("--head none", ["--head", "orthogonal, full", "none"]),
        ("--dim many", ["--dim", "many"]),
        ("--formula best", ["--formula", "finite-context", "best"]),
        ("--loss max_margins", ["--loss", "max-margin", "max_margins"]),
        ("--no-such-option 3", ["--no-such-option"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    capsys: pytest.CaptureFixture[str], package: str, change: str, names: list[str]
) -> None:
    assert DOORS[package].run(shlex.split(f"{EXAMPLE} {change}")) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    for name in names:
        assert name in captured.err


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (f"{EXAMPLE} --formula exact --n-samples inf", ["--n-samples", "finite", "inf"]),
        (f"{EXAMPLE} --noise-std 0", ["--noise-std", "(0, inf)"]),
        (f"{EXAMPLE} --n-relevant 64", ["--n-relevant", "64"]),
        (f"{EXAMPLE} --loss logistic --formula exact", ["--formula", "auto", "exact"]),
        (f"{EXAMPLE} --prompt-strength 1e6 --n-samples inf", ["--prompt-strength", "at most 1000"]),
        (f"{ATTENTION} --prompt-strength 1e6", ["--prompt-strength", "at most 1000"]),
        (f"{ATTENTION} --prompt-strength 99 --relevant-noise 1", ["--prompt-strength", "at most 12", "99"]),
        (f"{DISTRIBUTION} --of relevant-mass --prompt-strength 101", ["--prompt-strength", "at most 100", "101"]),
        (f"{DISTRIBUTION} --of signal-to-noise --prompt-strength 51", ["--prompt-strength", "at most 50", "51"]),
        ("head-error --n-tokens 64", ["--n-relevant", "nothing"]),
        ("no-such-quantity", ["no-such-quantity"]),
    ],
)
def test_theory_refuses_what_no_formula_covers(capsys: pytest.CaptureFixture[str], line: str, names: list[str]) -> None:
    assert DOORS["theory"].run(shlex.split(line)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for name in names:
        assert name in error


@pytest.mark.parametrize("package", DOORS)
def test_package_alone_names_every_quantity(capsys: pytest.CaptureFixture[str], package: str) -> None:
    assert DOORS[package].run([]) == 0
    printed = capsys.readouterr().out
    assert f"python -m {package} QUANTITY --help" in printed
    assert all(name in printed for name in DOORS[package].commands)


def test_interrupted_answer_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    door = CommandLine("theory", "An answer that is interrupted.")

    @door.command("endless", (), "")
    def _endless() -> dict[str, object]:
        r"""Never known."""
        raise KeyboardInterrupt

    assert door.run(["endless"]) == 130
    assert capsys.readouterr().out == ""


def test_words_may_be_joined_by_either_sign(capsys: pytest.CaptureFixture[str]) -> None:
    line = DISTRIBUTION.replace("0.5", "0.3") + " --prompt-strength 1.1 --of"
    values = [answer(capsys, DOORS["theory"], f"{line} {word}")["value"] for word in ("relevant-mass", "relevant_mass")]
    assert values[0] == values[1]


def test_accuracy_of_the_core_data_needs_no_shift(capsys: pytest.CaptureFixture[str]) -> None:
    line = "best-accuracy --architecture softmax-prompt --n-tokens 7 --n-relevant 3"
    assert answer(capsys, DOORS["theory"], line)["value"] == 1
    low, high = answer(capsys, DOORS["simulations"], f"{line} --budget 4000")["interval"]
    assert low > 0.98
    assert high == 1


def test_long_proofs_are_cut_on_the_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    line = "best-accuracy --architecture self-attention --n-tokens 10 --n-relevant 3 --shift '9,9,0:0.5; 9,-9,0:0.25; 0,0,0:0.25'"
    whole = answer(capsys, DOORS["theory"], line)
    assert DOORS["theory"].run(shlex.split(line)) == 0
    shown = capsys.readouterr().out
    proof = str(whole["certificate"]["proof"])
    assert proof[:300] in shown
    assert proof not in shown
    assert "--json prints them all" in shown


@pytest.mark.parametrize(("context_norm", "noise_std"), [(40, 0.7), (10, 0.001)])
def test_error_below_every_number_leaves_the_best_strength_open(
    capsys: pytest.CaptureFixture[str], context_norm: float, noise_std: float
) -> None:
    line = f"optimal-prompt --n-tokens 40 --n-relevant 8 --signal-norm 0.3 --context-norm {context_norm} --noise-std {noise_std}"
    printed = answer(capsys, DOORS["theory"], line)
    assert (printed["error"], printed["gain"], printed["abs_error"]["value"]) == (0, "inf", "inf")


def test_arguments_come_from_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["python -m theory", "list"])
    assert DOORS["theory"].run() == 0
    assert "head-error" in capsys.readouterr().out


def test_an_event_that_always_happens_has_an_interval(capsys: pytest.CaptureFixture[str]) -> None:
    always = EXAMPLE.replace("head-error", "separability") + " --n-samples 5 --budget 4000"
    printed = answer(capsys, DOORS["simulations"], always)
    assert printed["interval"]["probability"][0] > 0.98
    assert printed["interval"]["probability"][1] == 1


def test_draws_without_spread_are_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    certain = "attention --n-tokens 40 --n-relevant 8 --signal-norm 1e9 --context-norm 1.3 --prompt-strength 0.1 --budget 4000"
    assert DOORS["simulations"].run(shlex.split(certain)) == 2
    assert capsys.readouterr().err.startswith("error: draws are constant (0 in all")


EXTREME = (
    "attention --n-tokens 64 --n-relevant 6 --signal-norm 0.6 --prompt-strength 1 --context-norm 1e15",
    "attention --n-tokens 3 --n-relevant 1 --signal-norm 1e200 --context-norm 1 --prompt-strength 1",
    f"{EXAMPLE} --signal-norm 1e15",
    f"{EXAMPLE} --noise-std 1e-8",
    f"{EXAMPLE} --context-norm 1e20",
    f"{EXAMPLE} --prompt-strength 1e-170",
    f"{EXAMPLE} --loss logistic --ridge 1e160",
    f"{EXAMPLE} --context-norm 1e-12",
    "separability --n-tokens 3 --n-relevant 1 --dim 63 --signal-norm 1e15 --context-norm 1e15 --prompt-strength 1 --n-samples 9",
    "attention --n-tokens 178 --n-relevant 91 --signal-norm 1 --context-norm 1 --noise-std 0.6 --prompt-strength 1e-12",
)


@pytest.mark.parametrize("line", EXTREME)
def test_an_extreme_setting_gets_an_answer_or_one_line(capsys: pytest.CaptureFixture[str], line: str) -> None:
    code = DOORS["theory"].run([*shlex.split(line), "--json"])
    captured = capsys.readouterr()
    assert code in (0, 2)
    assert "nan" not in captured.out.lower()
    assert captured.err.count("\n") == (code == 2)
