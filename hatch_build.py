"""The build hook: a wheel built on Linux contains the CPU kernels, compiled for its processors.

Where there is no gcc, the wheel contains none, and the build says so; such an installation compiles
them when they are first used, and so does an editable one. If there is a gcc and it fails, so does
the build: a wheel for others must not lack its kernels unnoticed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from platform import machine
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

_INSIDE = "cyclemlp/ops/cpu/packaged"  # where cyclemlp.ops.cpu.packaged looks


class KernelsHook(BuildHookInterface):
    """Adds the compiled kernels to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the kernels, and give the wheel the tag of the systems that they run on.

        They are called by ctypes, so any Python and any torch will do. libgomp, which they need,
        comes with torch.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="cyclemlp-kernels-"))
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "src"))
        # the package's __init__ imports torch, which building does not need
        operators = ModuleType("cyclemlp.ops")
        operators.__path__ = [str(Path(self.root) / "src/cyclemlp/ops")]
        sys.modules["cyclemlp.ops"] = operators
        from cyclemlp.ops.cpu.compiling import find_compiler
        from cyclemlp.ops.cpu.packaged import build_packaged
        from cyclemlp.ops.cpu.unavailable import UnavailableError

        try:
            compiler = find_compiler()
        except UnavailableError as error:
            self.app.display_warning(f"The wheel contains no CPU kernels: {error}")
            return
        try:
            files = build_packaged(compiler, self._folder)
        except UnavailableError as error:
            raise RuntimeError(
                f"the CPU kernels do not compile: {error}. HATCH_BUILD_NO_HOOKS=true builds a "
                "wheel without them."
            ) from error
        build_data["force_include"] |= {str(file): f"{_INSIDE}/{file.name}" for file in files}
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform(files)}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the temporary files."""
        shutil.rmtree(self._folder)


def _platform(files: list[Path]) -> str:
    """Return the tag of the oldest systems that have all symbols of the libraries."""
    found = [re.findall(rb"GLIBC_2\.(\d+)", file.read_bytes()) for file in files]
    minors = [int(minor) for versions in found for minor in versions]
    if minors:
        return f"manylinux_2_{max(17, *minors)}_{machine()}"
    musl = (tag for tag in platform_tags() if tag.startswith("musllinux"))
    return next(musl, f"linux_{machine()}")
