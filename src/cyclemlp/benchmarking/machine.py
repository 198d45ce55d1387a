"""Description of the machine and the software that a benchmark ran on."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import torch

from cyclemlp.bundle.versions import installed_versions

_PACKAGES = ("torch", "torchvision", "timm", "triton")
# Instruction sets that decide the speed of matrix products.
_INSTRUCTION_SETS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def describe_machine(devices: Sequence[torch.device]) -> dict[str, Any]:
    """Return the processor, the accelerators, threads, library versions, date and command.

    Args:
        devices: the devices that compute.
    """
    return {
        "processor": processor(),
        **{str(device): _accelerator(device) for device in devices if device.type != "cpu"},
        "threads": torch.get_num_threads(),
        **installed_versions(_PACKAGES),
        "date": date.today().isoformat(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def _accelerator(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def processor() -> str:
    """Return the processor's name and instruction sets."""
    facts = _cpuinfo()
    flags = facts.get("flags", "").split()
    sets = [name for name in _INSTRUCTION_SETS if name in flags]
    return " ".join([facts.get("model name", platform.processor() or platform.machine()), *sets])


def _cpuinfo() -> dict[str, str]:
    """Return the facts of ``/proc/cpuinfo``; none if the system has no such file."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
