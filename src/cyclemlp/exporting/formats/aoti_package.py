"""AOTInductor's package: the network as machine code for this processor, for PyTorch."""

from __future__ import annotations

import zipfile
from pathlib import Path

import torch

from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.formats.silence import CUDA_SEARCH, silenced
from cyclemlp.exporting.graph import Graph, without_deprecations
from cyclemlp.exporting.recording import as_engine
from cyclemlp.runtime.config import CONFIG_NAME
from cyclemlp.runtime.engines.engine import Engine


def check_compiler() -> None:
    """Check that there is a C++ compiler.

    Raises:
        OSError: torch finds none.
    """
    with silenced(CUDA_SEARCH):
        from torch._inductor.cpp_builder import get_cpp_compiler
        from torch._inductor.exc import InvalidCxxCompiler
    try:
        get_cpp_compiler()
    except InvalidCxxCompiler as error:
        raise OSError(
            "--format aoti needs a C++ compiler, and none was found that works; install one, e.g. "
            "apt install g++, or give its path in the environment variable CXX"
        ) from error


def write_package(graph: Graph, file: Path, opset: int | None = None) -> None:
    """Compile a graph; it takes minutes for a large network."""
    with without_deprecations(), silenced(CUDA_SEARCH):
        torch._inductor.aoti_compile_and_package(graph.program, package_path=str(file))


def describe_package(file: Path, text: str) -> None:
    """Add a description to the package, which is a zip archive."""
    with zipfile.ZipFile(file, "a") as archive:
        folder = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{folder}/extra/{CONFIG_NAME}", text)


def open_package(file: Path, threads: int) -> Engine:
    """Open a package that this process has just written: opening one runs the code in it."""
    return as_engine(torch._inductor.aoti_load_package(str(file)))


AOTI = Format(
    "model-aoti.pt2",
    (".pt2",),
    (),
    write_package,
    describe_package,
    open_package,
    check_compiler,
)
