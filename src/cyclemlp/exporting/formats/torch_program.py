"""torch.export's program: a graph of PyTorch operators with its weights, for PyTorch itself."""

from __future__ import annotations

from pathlib import Path

import torch

from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.graph import Graph
from cyclemlp.exporting.recording import as_engine
from cyclemlp.runtime.config import CONFIG_NAME
from cyclemlp.runtime.engines.engine import Engine


def write_program(graph: Graph, file: Path, opset: int | None = None) -> None:
    """Write a graph as ``torch.export.save`` does; it has no ONNX operators."""
    torch.export.save(graph.program, file)


def describe_program(file: Path, text: str) -> None:
    """Write a description into the file as an extra file; see ``torch.export.load``."""
    torch.export.save(torch.export.load(file), file, extra_files={CONFIG_NAME: text})


def open_program(file: Path, threads: int) -> Engine:
    """Open a program that this process has just written.

    torch unpickles parts of such files, so those of others are not opened.
    """
    return as_engine(torch.export.load(file).module())


TORCH = Format("model.pt2", (".pt2",), (), write_program, describe_program, open_program)
