r"""`python -m theory QUANTITY …`: print a prediction."""

import sys
from typing import Any

from theory.head import FORMULAS, head_error
from theory.model import PARAMETERS, FrontDoor, Parameter, known_prompt

door = FrontDoor("theory", "Predictions: closed forms and laws, with a bound on their numerical error.")

_KNOWN_PROMPT = tuple(
    PARAMETERS[name]
    for name in (
        "n_tokens",
        "n_relevant",
        "dim",
        "signal_norm",
        "context_norm",
        "noise_std",
        "correlation",
        "prompt_strength",
        "n_samples",
        "head",
    )
)
_FORMULA = Parameter("formula", "formula", r"\text{formula}", FORMULAS, "which formula to use", default="auto")
_EXAMPLE = (
    "--n-tokens 64 --n-relevant 6 --dim 40 --signal-norm 0.6 --context-norm 2 --noise-std 1 --prompt-strength 1.5 --n-samples 120"
)


@door.quantity("head-error", (*_KNOWN_PROMPT, _FORMULA), _EXAMPLE)
def _head_error(formula: str, **values: Any) -> dict[str, Any]:
    r"""Expected test error of a least-squares head under a known prompt."""
    setting = known_prompt(**values)
    answer = head_error(setting, formula)
    return {
        "value": answer.value,
        "abs_error": answer.abs_error,
        "formula": answer.formula,
        "regime": answer.regime,
        "details": dict(answer.details),
        "setting": setting.values,
    }


if __name__ == "__main__":
    sys.exit(door.run())
