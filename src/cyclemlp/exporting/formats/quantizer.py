"""What a quantization to int8 is for the rest of the export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cyclemlp.exporting.formats.format import Format

Inputs: TypeAlias = Callable[[], Iterator[np.ndarray]]
"""Yields images ``(1, 3, H, W)``, the same ones at each call."""


@dataclass(frozen=True)
class Quantizer:
    """A quantization of written files.

    Attributes:
        source: the format that is quantized.
        file: name of the int8 file.
        libraries: modules that quantization imports.
        quantize: writes the int8 version of a file to another, with images for the ranges.
    """

    source: Format
    file: str
    libraries: tuple[str, ...]
    quantize: Callable[[Path, Path, Inputs], None]

    @property
    def format(self) -> Format:
        """The format of the int8 file, described and opened as that of the source."""
        return replace(self.source, file=self.file)
