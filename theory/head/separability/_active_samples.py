r"""How many samples are active at the minimiser of Σ (gᵢ - s zᵢ)₊²: the density of the minimiser, and its integral."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, gammaln, log_ndtr, wofz

from theory.head.features import Scales
from theory.head.separability._threshold import separability_threshold
from theory.numerics import graded_integral

__all__ = ["ActiveSums", "active_sums"]

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

_SADDLES = np.tanh(np.linspace(-4.0, 4.0, 97))  # where the saddle point is looked for, on the interval of convergence
_STEP = 0.14  # of the trapezoidal rule in u; with 0.1 sums agree to 1e-10, over thirteen decades of κ too
_BLOCK = 16  # points of that rule between two looks at whether the rest counts
_FARTHEST = 36.0  # largest u: sinh 36 = 2e15
_NEGLIGIBLE = 1e-13  # of a sum
_UNSEEN = 1e-17  # share of a transform that does not count
_FAINT = -90.0  # logarithm of a density that counts as 0
_NODES = 1 << 18  # complex numbers in one batch
_RELATIVE = 1e-10  # tolerance of either sum
_LONGEST = 3.0  # ratio of the logarithms of the ends of panels in s


@dataclass(frozen=True)
class ActiveSums:
    r"""Σ πₖ over the k < p and over the k > p of the other parity than p, k >= 2, with a bound on their errors."""

    lower: float
    upper: float
    error: float


def active_sums(scales: Scales, n: int, p: int, tolerance: float) -> ActiveSums:
    r"""The sums of :eq:`eq-heads-kac-rice` of docs/head_convex.md on either side of p.

    The integral takes panels in arctan s that are graded towards s = 0.

    Where κ = AW/(σC) extends over decades so does the minimiser, about 1/κ: panels have equal lengths in log |s| down to
    the least 1/κ of the law, and are halved where two rules disagree.

    Examples
    --------
    >>> from theory.head import constant_scales
    >>> sums = active_sums(constant_scales(0.8), 12, 5, 1e-12)
    >>> print(f"{sums.lower:.6f} {sums.upper:.6f}")   # in all half of 1 - P(all z of one sign)
    0.317665 0.153611
    """
    counts = np.arange(3 - p % 2, n + 1, 2, dtype=float)
    density = _MinimiserDensity(scales, n, counts, int(np.searchsorted(counts, p)))

    def integrand(angle: Floats) -> Floats:
        values: Floats = density(np.tan(angle)) / np.cos(angle) ** 2
        return values

    (lower, upper), error = graded_integral(integrand, _ends(scales, n), np.full(2, _RELATIVE), tolerance)
    return ActiveSums(float(lower), float(upper), float(np.max(error)))


def _ends(scales: Scales, n: int) -> Floats:
    r"""Ends of the panels in arctan s: graded towards 0, and some around the limit of the minimiser."""
    likely = scales.ratio[scales.weights * n > 1e-16]
    smallest = min(0.1, 0.02 / max(1.0, float(likely.max())))
    number = math.ceil(math.log(0.5 / smallest) / _LONGEST)
    side = np.append(np.geomspace(smallest, 0.5, number + 1), np.array([1.0, math.pi / 2]))
    centre, width = _limit(scales, n)
    around = centre + width * np.array([-12.0, -6.0, -3.0, -1.5, 0.0, 1.5, 3.0, 6.0, 12.0])
    ends = np.concatenate([-side, np.zeros(1), side, around[np.abs(around) < math.pi / 2]])
    return np.unique(ends)


def _limit(scales: Scales, n: int) -> tuple[float, float]:
    r"""The limit of arctan s, and its asymptotic standard deviation."""
    _, s = separability_threshold(scales)
    tiny = 1e-3
    wave, force = _transforms(scales, np.array([s]), np.array([[0.0, tiny]], dtype=np.complex128))
    energy = 2.0 * float((wave[0, 0] - wave[0, 1]).real) / tiny**2  # E[x²z²; x > 0]
    slope = float(force[0, 0].real)
    deviation = math.sqrt(max(energy, 0.0) / n) / slope if slope > 0 else 1.0
    return math.atan(s), min(1.0, deviation / (1.0 + s * s))


class _MinimiserDensity:
    r"""Density of the minimiser at s with k active samples, summed over the counts before and from a place on: shape (2, S)."""

    def __init__(self, scales: Scales, n: int, counts: Floats, place: int) -> None:
        self.scales, self.counts, self.place, self.n = scales, counts, place, n
        self.log_choice = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1) + np.log(counts)

    def __call__(self, s: Floats) -> Floats:
        size = max(1, _NODES // (len(self.scales.weights) * len(_SADDLES)))
        parts = [self._batch(s[start : start + size]) for start in range(0, len(s), size)]
        return np.concatenate(parts, axis=1)

    def _batch(self, s: Floats) -> Floats:
        root = np.hypot(1.0, s)
        log_idle = _log_mean(self.scales, log_ndtr(np.outer(s / root, self.scales.ratio)))
        saddle, log_peak, share = _saddle(self.scales, s, root)
        log_size = self.log_choice + (self.n - self.counts) * log_idle[:, None] + (self.counts - 1) * log_peak[:, None]
        total = np.zeros((2, len(s)))
        for j in np.flatnonzero(log_size.max(axis=1) > _FAINT):
            kept = log_size[j] > log_size[j].max() - 80.0
            law = _kept(self.scales, share[j])
            total[:, j] = self._along_line(law, float(s[j]), complex(saddle[j]), log_size[j], float(log_peak[j]), kept)
        return total

    def _along_line(
        self, law: Scales, s: float, saddle: complex, log_size: Floats, log_peak: float, kept: NDArray[np.bool_]
    ) -> Floats:
        r"""1/π ∫ over the line through the saddle point: ω = saddle + scale sinh(u), steps even first, then exponential.

        The scale is that of x z over √k, or the distance from the ends of the interval of convergence.
        """
        counts, log_size = self.counts[kept], log_size[kept]
        before = int(np.count_nonzero(kept[: self.place]))
        root = math.hypot(1.0, s)
        scale = min(1.0 / (root * math.sqrt(float(counts[-1]))), root - abs(saddle.imag + s))
        total, block = np.zeros(2), _STEP * np.arange(_BLOCK)
        for start in np.arange(0.0, _FARTHEST, _STEP * _BLOCK):
            u = start + block
            line = np.asarray(saddle + scale * np.sinh(u), dtype=np.complex128)
            wave, force = _transforms(law, np.array([s]), line[None, :])
            spacing = _STEP * scale * np.cosh(u) * np.where(u == 0.0, 0.5, 1.0)
            alive = np.abs(wave[0]) > 0.0
            powers = np.exp(log_size[:, None] + (counts[:, None] - 1.0) * (np.log(wave[0, alive]) - log_peak))
            sides = np.stack([powers[:before].sum(axis=0), powers[before:].sum(axis=0)])
            terms = (sides * (force[0, alive] * spacing[alive])).real
            total += terms.sum(axis=1)
            last = np.abs(sides[:, -4:] * (force[0, alive] * spacing[alive])[-4:])
            if np.all(last.sum(axis=1) <= _NEGLIGIBLE * np.abs(total)):
                break
        return total / math.pi


def _log_mean(scales: Scales, logs: Floats) -> Floats:
    r"""log E e^{logs} over the nodes, shape (S,)."""
    result: Floats = np.logaddexp.reduce(np.log(scales.weights) + logs, axis=1)
    return result


def _kept(scales: Scales, share: Floats) -> Scales:
    r"""Without the nodes that do not count: always idle at this s, or never so at ω beside the saddle point."""
    counts = share * (1.0 + scales.ratio**2) > _UNSEEN
    return Scales(scales.signal[counts], scales.noise[counts], scales.weights[counts])


def _saddle(scales: Scales, s: Floats, root: Floats) -> tuple[Complex, Floats, Floats]:
    r"""iη at which E[e^{iωxz}; x > 0] is least along the imaginary axis, its logarithm, and what each node has of it.

    Nothing cancels beside this point.
    """
    eta = root[:, None] * _SADDLES - s[:, None]
    with np.errstate(over="ignore", invalid="ignore"):  # towards the ends of the interval the transform exceeds 1e308
        parts = _laplace_transforms(scales.ratio, s[:, None, None], eta[:, :, None])
    along = parts @ scales.weights
    along = np.where(along > 0.0, along, np.inf)
    best = along.argmin(axis=1)
    rows = np.arange(len(s))
    least = along[rows, best]
    return 1j * eta[rows, best], np.log(least), parts[rows, best] * scales.weights / least[:, None]


def _laplace_transforms(kappa: Floats, s: Floats, eta: Floats) -> Floats:
    r"""E[e^{-ηxz}; x > 0] given κ, the first of `_transforms` at ω = iη, in real arithmetic."""
    q = 1.0 + s * s
    bend = -eta * (eta + 2.0 * s)
    root = np.sqrt(1.0 + bend)
    centre = kappa * (s + eta) / (np.sqrt(2.0 * q) * root)
    half = 0.5 * np.exp(-((s * kappa) ** 2) / (2.0 * q)) / root * erfcx(np.abs(centre))
    whole = np.exp(np.where(centre < 0.0, -(kappa**2) * bend / (2.0 * (1.0 + bend)), 0.0)) / root
    result: Floats = np.where(centre < 0.0, whole - half, half)
    return result


def _transforms(scales: Scales, s: Floats, omega: Complex) -> tuple[Complex, Complex]:
    r"""E[e^{iωxz}; x > 0] and E[z² e^{iωxz}; x > 0] at every ω, shape (S, J).

    Given x, z ~ N((κ - s x)/(1+s²), 1/(1+s²)): half-line moments of a complex Gaussian e^{-ax²/2 - bx}. Where its centre lies
    on the half line the whole line is taken and the other half subtracted, in a form in which no large exponents meet.
    """
    s, omega = s[:, None, None], omega[:, :, None]
    q, kappa, weights = 1.0 + s * s, scales.ratio, scales.weights
    bend = omega * (omega + 2j * s)
    a, b = (1.0 + bend) / q, kappa * (s - 1j * omega) / q
    root = np.sqrt(1.0 + bend)
    centre = kappa * (s - 1j * omega) / (np.sqrt(2.0 * q) * root)
    edge = np.exp(-((s * kappa) ** 2) / (2.0 * q))
    inside = centre.real < 0.0
    half = 0.5 * edge / root * wofz(1j * np.where(inside, -centre, centre))
    whole = np.exp(np.where(inside, -(kappa**2) * bend / (2.0 * (1.0 + bend)), 0.0)) / root
    m0 = np.where(inside, whole - half, half)
    m1 = (edge / np.sqrt(2.0 * math.pi * q) - b * m0) / a
    m2 = (m0 - b * m1) / a
    # z² averaged over its complex-shifted Gaussian: mean (κ + (iω - s) x)/q, variance 1/q
    shift = 1j * omega - s
    second = (kappa**2 / q**2 + 1.0 / q) * m0 + 2.0 * kappa * shift / q**2 * m1 + (shift / q) ** 2 * m2
    return m0 @ weights, second @ weights
