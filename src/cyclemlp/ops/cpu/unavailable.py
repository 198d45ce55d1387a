"""The error of a computer that has no kernels."""

from __future__ import annotations


class UnavailableError(Exception):
    """Raised if kernels are not available; the message is the reason, as part of a sentence."""
