"""Validation of the optimizer settings."""

from __future__ import annotations

from typing import Any

import pytest

from cyclemlp.training.settings.optim import Optim


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer_decay": -1.0}, r"--optim\.layer-decay must be above 0 and at most 1, got -1\.0"),
        ({"weight_decay": -0.1}, r"--optim\.weight-decay must be at least 0, got -0\.1"),
    ],
)
def test_values_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Optim(**settings)
