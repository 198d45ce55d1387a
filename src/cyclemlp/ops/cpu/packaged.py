"""Kernels that the installed package contains, compiled when its wheel was built.

A library's name has the digest of the sources and options that it was compiled from, so that it is
not used with others, and the digest of its content. This module imports no torch, because building
a wheel imports it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cyclemlp.ops.cpu.compiling import compile_library, sources_digest
from cyclemlp.ops.cpu.instructions import FASTEST_FIRST, InstructionSet
from cyclemlp.ops.cpu.unavailable import UnavailableError

FOLDER = Path(__file__).parent / "packaged"


def find_packaged(kind: str, instructions: InstructionSet) -> Path | None:
    """Return the package's library, or None if it has none that was compiled from these sources.

    Args:
        kind: the dtype, e.g. `"float32"`.
        instructions: that the CPU has.

    Raises:
        UnavailableError: every such file is damaged. Opening one could end the process by SIGBUS.
    """
    faults = []
    for file in sorted(FOLDER.glob(f"{_stem(kind, instructions)}.*.so")):
        try:
            if file.name.split(".")[-2] == _digest(file.read_bytes()):
                return file
            faults.append(f"{file} is damaged: pip install --force-reinstall cyclemlp")
        except OSError as error:
            faults.append(f"{file} cannot be read ({error.strerror})")
    if faults:
        raise UnavailableError("; ".join(faults))
    return None


def build_packaged(compiler: str, folder: Path) -> list[Path]:
    """Compile all libraries that a package contains, for any CPU with their instruction set.

    Args:
        compiler: path of gcc.
        folder: to write into.

    Returns:
        The written files.

    Raises:
        UnavailableError: gcc failed, e.g. because it does not know AMX.
    """
    files = []
    for instructions in FASTEST_FIRST:
        for kind in instructions.dtypes:
            content = compile_library(compiler, kind, instructions.portable)
            name = f"{_stem(kind, instructions)}.{_digest(content)}.so"
            files.append(folder / name)
            files[-1].write_bytes(content)
    return files


def _stem(kind: str, instructions: InstructionSet) -> str:
    return f"{kind}-{instructions.name.lower()}-{sources_digest(instructions.portable)}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
