r"""What the verdict engine raises: bad use and over-ambitious designs, never a mere disagreement."""

from __future__ import annotations

__all__ = ["AgreementError", "DesignError"]


class AgreementError(ValueError):
    r"""The claim is stated or sampled in a way that no verdict could be trusted."""


class DesignError(AgreementError):
    r"""The claim asks for more than its budget of draws can deliver; the message says what it would take."""
