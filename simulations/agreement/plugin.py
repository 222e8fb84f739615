r"""The former place of `Agree`: for tests that still import it from here."""

from simulations.agreement.pytest_plugin import Agree

__all__ = ["Agree"]
