r"""The best accuracy of an architecture for a uniform law on a box: between what a witness attains and what none exceeds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri
from scipy.stats import qmc

from theory.expressivity.box._box_law import box_law, stated_box
from theory.expressivity.box._box_proof import box_proof
from theory.expressivity.box._cells import BoxScores, Cells
from theory.expressivity.box._share_bounds import attained_share, largest_share
from theory.expressivity.checker import checked_sectors
from theory.model import ARCHITECTURES, BoxShift, Interval, offered

__all__ = ["BoxAccuracy", "best_box_accuracy"]

Array = NDArray[np.float64]

_STARTS, _POLISHED = 1 << 9, 5  # effort: parameters that are looked at, and the best of them, which are improved
_RESOLUTION = 1e-4  # width to which the accuracy of a witness is enclosed; `value` is its lower end
_SECTORS, _SPLITTING = "three sectors of the shift", "interval branch and bound over parameters and shifts"
_PERFECT = 1 - 1e-12  # probabilities are sums of rounded numbers


@dataclass(frozen=True)
class BoxAccuracy:
    r"""The supremum of the accuracy over all parameters, enclosed.

    Parameters
    ----------
    architecture
        Its name.
    value
        The accuracy of the witness, rounded down by no more than 1e-4.
    upper
        An accuracy that no parameters exceed.
    witness
        The values that the parameters take on (q_*, w_*), decimals as text, as in `BestAccuracy`.
    problem, certificate
        What `verified` needs, as plain lists, dictionaries and texts.
    """

    architecture: str
    value: float
    upper: float
    witness: dict[str, Any]
    problem: dict[str, Any]
    certificate: dict[str, Any]

    @property
    def is_exact(self) -> bool:
        r"""Whether the witness is perfect, so that there is nothing to bound."""
        return self.value == self.upper

    def verified(self) -> bool:
        r"""Check the sector bound again, in rationals and balls; ValueError if it is wrong, False if it is another bound."""
        if self.certificate["method"] != _SECTORS:
            return False
        checked_sectors(self.problem, self.certificate["proof"])
        return True

    def as_dict(self) -> dict[str, Any]:
        r"""For JSON: `value`, `upper`, `exact`, `witness`, `certificate` and `problem`."""
        return {
            "architecture": self.architecture,
            "value": self.value,
            "upper": self.upper,
            "exact": str(round(self.value)) if self.is_exact else None,
            "witness": self.witness,
            "certificate": self.certificate,
            "problem": self.problem,
        }


def best_box_accuracy(
    architecture: str,
    *,
    n_tokens: int,
    n_relevant: int,
    shift: BoxShift,
    correlation: float = 0.0,
    label_prior: float = 0.5,
    tolerance: float = 1e-3,
    budget: int = 1_000_000,
    prove: bool = False,
) -> BoxAccuracy:
    r"""The best accuracy of an architecture over all its parameters, δ uniform on a box, noiseless tokens.

    Parameters
    ----------
    architecture
        A name of `theory.model.ARCHITECTURES`.
    n_tokens, n_relevant, correlation, label_prior
        As in `best_accuracy`.
    shift
        Box of δ; a side may have length 0.
    tolerance
        Parameters that cannot be better than the witness by more are given up.
    budget
        Pairs of a box of parameters and a part of the law that are looked at; the bound holds whatever it is.
    prove
        Whether the certificate of the linear classes carries the `box_proof` of a bound of its own, `verified_upper`.

    Returns
    -------
    BoxAccuracy
        For mean pooling within the tolerance; for linear prompt-attention within some hundredths; softmax prompt-attention is
        perfect if δq > −1 throughout; self-attention has a bound below 1 on large boxes, verified before it is returned.

    Raises
    ------
    ParameterError
        If a parameter lies outside its domain.

    Notes
    -----
    Equation :eq:`eq-expressivity-best` of docs/expressivity.md; the bound on self-attention is :eq:`eq-expressivity-sectors`.

    Examples
    --------
    >>> box = BoxShift((1, -2, 0), (1, 2, 0))
    >>> best_box_accuracy("softmax-prompt", n_tokens=10, n_relevant=3, shift=box).value
    1.0
    """
    scores_of = offered(architecture, "box")
    Interval(-1, 1, open_lower=True, open_upper=True).member("correlation", correlation)
    Interval(0, open_lower=True).member("tolerance", tolerance)
    Interval(1, integer=True).member("budget", budget)
    law = box_law(n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, label_prior=label_prior)
    scores: BoxScores = scores_of(law)
    found = [(attained_share(scores, _compact(scores, p), resolution=_RESOLUTION), p) for p in _starts(scores)]
    (value, _), parameters = max(found, key=lambda pair: pair[0][0])
    sectors = scores.sectors() if value < _PERFECT else None
    upper = float(sectors["upper"]) if sectors is not None else 1.0
    proof: dict[str, Any] = {"method": _SECTORS, "proof": sectors} if upper < 1 else {"method": _SPLITTING}
    if value < _PERFECT and upper == 1:
        upper, better = largest_share(scores, found=value, tolerance=tolerance, budget=budget)
        if better is not None:
            parameters = _plain(scores, better)
            value = max(value, attained_share(scores, _compact(scores, parameters), resolution=_RESOLUTION)[0])
    if value >= _PERFECT:
        value = upper = 1.0
    if prove and ARCHITECTURES[architecture].checked_box is not None and value < upper:
        counts: dict[str, Any] = {"n_tokens": n_tokens, "n_relevant": n_relevant, "label_prior": label_prior}
        own = box_proof(architecture, shift=shift, **counts)
        proof |= {"verified_upper": own.upper, "proof": own.proof}
    problem = stated_box(n_tokens=n_tokens, n_relevant=n_relevant, shift=shift, label_prior=label_prior)
    result = BoxAccuracy(architecture, value, upper, scores.named(parameters), problem, {"upper": upper, **proof})
    result.verified()
    return result


def _starts(scores: BoxScores) -> list[Array]:
    r"""Good parameters: values on (q_*, w_*), head first, to six decimals."""
    known = scores.known_parameters()
    if known is not None:
        return [known]
    size = scores.faces()[0].shape[1] - (not scores.is_linear)
    points = qmc.Sobol(size + 1, scramble=False).random(_STARTS)[2:]
    draws = ndtri(points[:, 1:])
    if not scores.is_linear:
        draws[:, 2:] *= np.exp(6.0 * points[:, :1] - 3.0)  # scores of sizes between e^-3 and e^3
    coarse, fine = (_grid(scores, k) for k in ((8, 8), (128 if scores.is_linear else 20, 20)))
    order = np.argsort([-_share(scores, p, coarse) for p in draws])[:_POLISHED]
    polished = []
    for i in order:
        start = draws[i]
        simplex = np.vstack([start, start + 0.3 * np.diag(np.abs(start) + 0.1)])
        options = {"initial_simplex": simplex, "maxfev": 250, "xatol": 1e-7, "fatol": 1e-7}
        polished.append(minimize(lambda p: -_share(scores, p, fine), start, method="Nelder-Mead", options=options).x)
    ranked = sorted(polished, key=lambda p: -_share(scores, p, fine))[:2]
    return [parameters for p in ranked for parameters in scores.presented(p)]


def _compact(scores: BoxScores, parameters: Array) -> Array:
    r"""Parameters on the surfaces of the cubes, and t = r/(1+r)."""
    if scores.is_linear:
        form: Array = parameters / np.abs(parameters).max()
        return form
    head, rest = parameters[:2], parameters[2:]
    size = max(float(np.abs(rest).max()), 1e-300)
    place: Array = np.r_[head / np.abs(head).max(), rest / size, size / (1 + size)]
    return place


def _plain(scores: BoxScores, place: Array) -> Array:
    r"""Parameters of a place on the cubes."""
    size = place[-1] / (1 - place[-1])
    return place if scores.is_linear else np.r_[place[:2], size * place[2:-1]]


def _share(scores: BoxScores, parameters: Array, cells: Cells) -> float:
    r"""The accuracy of parameters, half of what is undecided counted as right."""
    point = np.broadcast_to(_compact(scores, parameters), (len(cells.label), len(_compact(scores, parameters))))
    sure, possible = scores.right(point, point, cells)
    return float((sure.sum() + possible.sum()) / 2)


def _grid(scores: BoxScores, counts: tuple[int, int]) -> Cells:
    r"""The law cut into equal cells."""
    law = scores.law
    parts = []
    for y in (1, -1):
        sides = []
        for (low, high), count in ((law.context, counts[0]), (law.label_ends(y), 1 if scores.is_linear else counts[1])):
            ends = np.linspace(low, high, (count if high > low else 1) + 1)
            sides.append((ends[:-1], ends[1:]))
        (q0, q1), (s0, s1) = sides
        n = len(q0) * len(s0)
        parts.append((np.full(n, float(y)), *(np.repeat(x, len(s0)) for x in (q0, q1)), *(np.tile(x, len(q0)) for x in (s0, s1))))
    label, a, b, c, d = (np.concatenate(x) for x in zip(*parts, strict=True))
    return Cells(label, (a, b), (c, d))
