"""Colours of classes."""

from __future__ import annotations

Color = tuple[int, int, int]
"""Red, green and blue, each in 0..255."""
