"""Checks of augmentation settings, whose messages name the setting as the command line does."""

from __future__ import annotations

from collections.abc import Iterable


def check_probabilities(settings: object, names: Iterable[str]) -> None:
    """Check that settings are in 0..1.

    Args:
        settings: the augmentation.
        names: its attributes to check.

    Raises:
        ValueError: one is not.
    """
    for name in names:
        if not 0 <= getattr(settings, name) <= 1:
            raise ValueError(
                f"--augment.{name.replace('_', '-')} is in 0..1, got {getattr(settings, name)}"
            )


def check_range(name: str, limits: tuple[float, float], highest: float = float("inf")) -> None:
    """Check that a setting is a range above 0.

    Args:
        name: the setting.
        limits: its value, (low, high).
        highest: largest allowed value.

    Raises:
        ValueError: it is not.
    """
    low, high = limits
    if not 0 < low <= high <= highest:
        raise ValueError(f"--augment.{name} is (low, high), above 0, got {low}, {high}")
