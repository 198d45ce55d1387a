"""Compiling the C sources to a shared library with gcc.

Importing this imports no torch, see `packaged.py`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cyclemlp.ops.cpu.unavailable import UnavailableError

SOURCES = Path(__file__).parent / "csrc"
_FLAGS = ("-std=gnu11", "-O3", "-fno-math-errno", "-fopenmp", "-fPIC")
_MACHINES = ("x86_64", "aarch64")
_SECONDS = 120  # for one file, which takes about one


def require_supported_system() -> None:
    """Raise `UnavailableError` if the kernels do not support this system."""
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in _MACHINES:
        known = " or ".join(_MACHINES)
        raise UnavailableError(f"they are for Linux on {known}, not {system} on {machine}")


def find_compiler() -> str:
    """Return the path of gcc.

    Raises:
        UnavailableError: gcc is not installed, or the kernels do not support this system.
    """
    require_supported_system()
    compiler = shutil.which("gcc")
    if compiler is None:
        raise UnavailableError("no C compiler was found, e.g. apt install gcc")
    return compiler


def sources_digest(options: tuple[str, ...]) -> str:
    """Return a digest of the sources and options that a library is compiled from."""
    return _digest([*_sources(), *_FLAGS, *options])


def build_key(compiler: str, options: tuple[str, ...]) -> str:
    """Return a digest of everything that determines the compiled code and where it runs."""
    info = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0].splitlines()
    kinds = ("flags", "model", "Features", "CPU")  # the last two on AArch64
    processor = [line for line in info if line.startswith(kinds)]
    file = Path(compiler).resolve()
    gcc = f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}"
    return _digest([*_sources(), *_FLAGS, *options, *processor, gcc, *platform.libc_ver()])


def _sources() -> list[str]:
    return [file.read_text() for file in sorted([*SOURCES.glob("*.c"), *SOURCES.glob("*.h")])]


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def compile_library(compiler: str, kind: str, options: tuple[str, ...]) -> bytes:
    """Compile the sources for one dtype, file by file in parallel, and link them.

    Args:
        compiler: path of gcc.
        kind: the dtype, e.g. `"float32"`.
        options: those of the instruction set.

    Returns:
        The content of the shared library.

    Raises:
        UnavailableError: gcc failed, took too long, or wrote nothing.
    """
    with tempfile.TemporaryDirectory(prefix="cyclemlp-") as folder:
        sources = sorted(SOURCES.glob("*.c"))
        objects = [str(Path(folder) / f"{source.stem}.o") for source in sources]
        commands = [
            [compiler, *_FLAGS, *options, f"-D{kind.upper()}", "-c", str(source), "-o", file]
            for source, file in zip(sources, objects, strict=True)
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_run, commands))
        library = Path(folder) / "kernels.so"
        _run([compiler, *_FLAGS, "-shared", *objects, "-lm", "-o", str(library)])
        return library.read_bytes()


def _run(command: list[str]) -> None:
    """Run gcc and check that it wrote the file that its last argument names."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise UnavailableError(f"gcc could not be run ({error})") from error
    if done.returncode != 0:
        said = next((s for s in done.stderr.splitlines() if "error" in s), "gcc failed")
        raise UnavailableError(said.split("error: ")[-1].removeprefix("#error ").strip('"'))
    written = Path(command[-1])
    if not written.is_file() or not written.stat().st_size:
        raise UnavailableError(f"{command[0]} ended without an error and wrote no file")
