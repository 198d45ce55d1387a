"""Augmentation of images that are not RGB: without the changes of colors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

_OFF: dict[str, Any] = {"color_jitter": 0.0, "rand_augment": None, "photometric": 0.0}
"""The settings of changes that need RGB, and the value that turns each off."""

A = TypeVar("A")


def color_settings(augmentation: Any) -> tuple[str, ...]:
    """Return the names of the settings that are on and need RGB images."""
    return tuple(name for name in _OFF if getattr(augmentation, name, None))


def for_channels(augmentation: A, channels: int) -> A:
    """Return the augmentation for images of so many channels.

    Args:
        augmentation: the settings of any task.
        channels: for other than 3, changes that need RGB are turned off.
    """
    if channels == 3:
        return augmentation
    off = {name: _OFF[name] for name in color_settings(augmentation)}
    return replace(augmentation, **off)  # type: ignore[type-var]  # a dataclass, by contract
