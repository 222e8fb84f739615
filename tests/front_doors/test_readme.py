r"""What the README shows is what the commands print."""

import re
import shlex
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

import theory.__main__

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ python -m theory (.*?)\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize(("line", "printed"), CONSOLE)
def test_example_prints_what_is_shown(capsys: pytest.CaptureFixture[str], line: str, printed: str) -> None:
    assert theory.__main__.door.run(shlex.split(line)) == 0
    shown = capsys.readouterr().out
    value, expected = (float(re.search(r"^value +(.*)$", text, re.MULTILINE)[1]) for text in (shown, printed))
    assert_allclose(value, expected, rtol=1e-10, atol=0)  # another processor may round the last digits otherwise
    assert [row.split()[0] for row in shown.splitlines()] == [row.split()[0] for row in printed.splitlines()]


def test_there_is_an_example() -> None:
    assert CONSOLE


def test_continuous_integration_runs_the_test_command() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    assert "--tables" in commands[0]
    assert commands[1].endswith("pytest -n 2 --dist loadgroup")
    assert "README.md" in (Path(__file__).parents[2] / ".ci" / "run").read_text(encoding="utf-8")
