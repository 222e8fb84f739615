"""Fourth moments of one sample's prompt gradient: the variance that a verdict on its covariance rests on."""

from __future__ import annotations

from itertools import product

import numpy as np

from theory.model import ContextualModel
from theory.numerics import chi_square_rule, normal_rule
from theory.trajectory import sample_atoms


def fourth_moments(model: ContextualModel, head: np.ndarray) -> np.ndarray:
    """E (g - Eg)ᵢ² (g - Eg)ⱼ², squared loss: given label, shift, mean noise and scatter along w, g is N(a, V P), P across w."""
    zeta, sigma, T, rest = model.relevant_fraction, model.noise_std, model.n_tokens, model.n_irrelevant
    square, share = float(head @ head), zeta * (1 - zeta)
    project = np.eye(len(head)) - np.outer(head, head) / square
    atoms, cases = sample_atoms(model), []
    for index, (x, px), (c, pc) in product(
        range(len(atoms.label)), zip(*normal_rule(8), strict=True), zip(*chi_square_rule(rest - 1, 4), strict=True)
    ):
        u, v = (np.pad(part[index], (0, len(head) - 2)) for part in (atoms.relevant, atoms.irrelevant))
        noise = sigma * np.sqrt(square / rest) * x
        e = atoms.label[index] - head @ (zeta * u + (1 - zeta) * v) - (1 - zeta) * noise
        gap = head @ (u - v) - noise
        mean = e * ((share * gap**2 / square + sigma**2 * c / T) * head + share * gap * project @ (u - v))
        variance = e**2 * sigma**2 * ((share * gap) ** 2 / rest + sigma**2 * square * c / T**2)
        cases.append((atoms.probability[index] * px * pc, mean, variance))
    centre = sum(p * mean for p, mean, _ in cases)
    total = np.zeros((len(head), len(head)))
    for p, mean, variance in cases:
        a, cov = mean - centre, variance * project
        own = a**2 + cov.diagonal()
        total += p * (np.outer(own, own) + 4 * np.outer(a, a) * cov + 2 * cov**2)
    return total
