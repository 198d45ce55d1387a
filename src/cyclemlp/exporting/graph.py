"""Tracing of a part of a network, with sizes that may vary."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch._guards import detect_fake_mode
from torch.export import Dim, ExportedProgram
from torch.fx.experimental import _config as shapes

from cyclemlp.exporting.part import Input, Part

# Guards on sizes become assertions, which hold for all sizes that a part takes, not errors.
_DEFERRED: dict[str, Any] = {"prefer_deferred_runtime_asserts_over_guards": True}


@dataclass(frozen=True)
class Graph:
    """A traced part.

    Attributes:
        part: as it was traced.
        program: the trace.
    """

    part: Part
    program: ExportedProgram

    def forget_sizes(self) -> None:
        """Forget sizes that depend on data and that a writer has left open.

        torch.onnx repeats operators such as nms and leaves their symbols in the program's
        environment, where torch takes them for those of the next writer.
        """
        mode = detect_fake_mode([node.meta.get("val") for node in self.program.graph.nodes])
        if mode is not None and mode.shape_env is not None:
            mode.shape_env.pending_fresh_unbacked_symbols.clear()


def traced(part: Part) -> Graph:
    """Trace a part of a network with symbolic sizes."""
    example = tuple(torch.zeros(one.shape) for one in part.inputs)
    dims = tuple(_dims(one) for one in part.inputs)
    # Without this setting, torch binds the graph to last maps wider than one cell.
    oblivious = shapes.patch(backed_size_oblivious=True)  # pyright: ignore[reportAttributeAccessIssue]
    module = _Positional(part.module).eval()
    with torch.no_grad(), oblivious, without_deprecations():
        program = torch.export.export(module, example, dynamic_shapes=(dims,), **_DEFERRED)
    return Graph(part, program)


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Hide torch's warnings that are about torchvision's operators."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`create_unbacked_symint` is deprecated", FutureWarning)
        yield


class _Positional(torch.nn.Module):
    """A module whose inputs have no names, so that axes are given by position."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: torch.Tensor) -> Any:
        return self.module(*inputs)


def _dims(one: Input) -> dict[int, Dim] | None:
    return {axis: Dim(name, min=low) for axis, (name, low) in one.axes.items()} or None
