"""Comparison of predictions as JSON."""

from __future__ import annotations

from typing import Any

import pytest


def assert_alike(one: Any, other: Any) -> None:
    """Compare JSON: numbers to 1e-4, everything else exactly."""
    if isinstance(one, dict):
        assert list(one) == list(other)
        assert_alike(list(one.values()), list(other.values()))
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_alike(a, b)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-4, rel=1e-4)
    else:
        assert one == other
