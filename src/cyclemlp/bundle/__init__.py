"""A trained network in a folder, and predictions from it."""

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load

__all__ = ["Bundle", "load"]
