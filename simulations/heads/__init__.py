r"""Heads trained with any convex loss: fast batched solvers, a trusted reference, certificates of separability."""

from simulations.heads.certificates import Certificate, InseparableError, are_separable, separability_certificate
from simulations.heads.experiment import (
    separable_draws,
    simulated_trained_errors,
    simulated_training,
    training_designs,
)
from simulations.heads.reference import TRAINED_LOSSES, reference_head
from simulations.heads.training import trained_heads

__all__ = [
    "TRAINED_LOSSES",
    "Certificate",
    "InseparableError",
    "are_separable",
    "reference_head",
    "separability_certificate",
    "separable_draws",
    "simulated_trained_errors",
    "simulated_training",
    "trained_heads",
    "training_designs",
]
