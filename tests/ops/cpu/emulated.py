"""Kernels for another processor, compiled by a cross compiler and run under qemu."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct, unpack
from typing import IO

import pytest
import torch

from cyclemlp.ops.cpu import calling
from cyclemlp.ops.cpu.compiling import SOURCES
from cyclemlp.ops.cpu.instructions import NEON

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
IS_INSTALLED = bool(shutil.which(COMPILER) and shutil.which(EMULATOR))

_REQUEST = Struct("32s3q")
_ALIGNED = 64  # tensors keep their addresses modulo this


class Emulator:
    """A process that runs kernels on copies of this process's tensors."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to: IO[bytes] = process.stdin
        self._from: IO[bytes] = process.stdout
        self._tensors: dict[int, torch.Tensor] = {}

    def at(self, tensor: torch.Tensor | None) -> int:
        """In the place of `calling.at`: remember where which tensor is."""
        if tensor is None or not tensor.numel():
            return 0
        self._tensors[tensor.data_ptr()] = tensor
        return tensor.data_ptr()

    def run(self, name: str, call: bytes, dtype: torch.dtype) -> None:
        """In the place of `calling.run`."""
        self._answer(f"{name}_run", call)
        self._tensors.clear()

    def pack(
        self, name: str, call: Callable[[torch.Tensor | None], bytes], dtype: torch.dtype
    ) -> torch.Tensor:
        """In the place of `calling.pack`."""
        size = self._answer(f"{name}_packed_bytes", call(None))
        packed = torch.empty(size, dtype=torch.uint8)
        self._answer(f"{name}_pack", call(packed))
        return packed

    def _answer(self, entry: str, call: bytes) -> int:
        """Send a call with all memory that it points to, and copy the memory back."""
        sizes = {at: t.numel() * t.element_size() for at, t in self._tensors.items()}
        sizes |= {ctypes.addressof(kept): ctypes.sizeof(kept) for kept in calling._KEPT}
        words = list(unpack(f"{len(call) // 8}q", call))
        pointers = [n for n, word in enumerate(words) if word in sizes]
        memory, places = bytearray(), {}
        for at in dict.fromkeys(words[n] for n in pointers):
            memory += bytes((at - len(memory)) % _ALIGNED)
            places[at] = len(memory)
            memory += ctypes.string_at(at, sizes[at])
        moved = [places[word] if n in pointers else word for n, word in enumerate(words)]
        self._to.write(_REQUEST.pack(entry.encode(), len(words), len(pointers), len(memory)))
        self._to.write(Struct(f"{len(words) + len(pointers)}q").pack(*moved, *pointers))
        self._to.write(memory)
        self._to.flush()
        (result,) = unpack("q", self._from.read(8))
        memory = self._from.read(len(memory))
        for at, place in places.items():
            ctypes.memmove(at, memory[place : place + sizes[at]], sizes[at])
        return result


def _program(folder: Path, dtype: torch.dtype) -> Path:
    """Compile the kernels of a dtype with the program that runs them."""
    file = folder / "emulated"
    kind = str(dtype).removeprefix("torch.").upper()
    flags = ["-std=gnu11", "-O2", "-fno-math-errno", "-fopenmp", "-static", *NEON.portable]
    sources = [Path(__file__).with_suffix(".c"), *sorted(SOURCES.glob("*.c"))]
    command = [COMPILER, *flags, f"-D{kind}", *map(str, sources), "-lm", "-o", str(file)]
    subprocess.run(command, check=True)
    return file


@contextmanager
def emulated(dtype: torch.dtype, folder: Path) -> Iterator[None]:
    """Run all kernels of a dtype as NEON's, within this context."""
    command = [EMULATOR, str(_program(folder, dtype))]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        emulator = Emulator(process)
        for name in ("at", "run", "pack"):
            patch.setattr(calling, name, getattr(emulator, name))
        yield
        emulator._to.close()
