"""The output of a detector for one image."""

from __future__ import annotations

from typing import TypeAlias

from torch import Tensor

Found: TypeAlias = dict[str, Tensor]
"""The objects found in one image, in descending order of score: ``boxes`` ``(N, 4)``, ``labels``
``(N,)`` from 0, ``scores`` ``(N,)``, and from Mask R-CNN ``masks`` ``(N, 1, 28, 28)``,
probabilities over each box. `Detection.infer` adds ``size`` ``(2,)``, the input's height and
width."""


def on_cpu(found: Found) -> Found:
    """Return the same with all tensors on the CPU."""
    return {name: values.cpu() for name, values in found.items()}
