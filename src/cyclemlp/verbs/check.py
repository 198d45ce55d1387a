"""The verb ``check``: what is installed, what computes, and whether it computes right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cyclemlp.extras import needed_by

if TYPE_CHECKING:
    from cyclemlp.benchmarking.self_check import Pass
    from cyclemlp.ops.cpu.state import KernelState

_PACKAGES = (
    *("cyclemlp", "torch", "torchvision", "timm", "triton", "numpy", "pillow", "safetensors"),
    *("huggingface_hub", "lightning", "torchmetrics", "segmentation-models-pytorch"),
)


@dataclass(frozen=True)
class Check:
    """The state of an installation.

    Attributes:
        versions: of Python and of the libraries.
        machine: the system, the processor and its instruction sets, torch's own choice of them,
            threads, memory in GiB.
        gpus: name and memory of each.
        folders: what a folder is for -> its path and free space.
        kernels: the state of the CPU kernels of each dtype.
        passes: a small network against its definition.
    """

    versions: dict[str, str]
    machine: dict[str, Any]
    gpus: tuple[str, ...]
    folders: dict[str, str]
    kernels: tuple[KernelState, ...]
    passes: tuple[Pass, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return asdict(self)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield "versions: " + ", ".join(f"{name} {text}" for name, text in self.versions.items())
        yield from (f"{name}: {value}" for name, value in self.machine.items())
        yield from (f"GPU {number}: {gpu}" for number, gpu in enumerate(self.gpus))
        if not self.gpus:
            yield "GPU: none"
        yield from (f"folder, {name}: {place}" for name, place in self.folders.items())
        yield from (f"CPU kernels: {state}" for state in self.kernels)
        for device, backend in {one.device: one.backend for one in self.passes}.items():
            yield f"operator on {device}: {backend}"
        yield from map(str, self.passes)


def check() -> Check:
    """Show versions, hardware, kernels and caches, and compare a small network with its definition.

    The text is meant for an issue: it names no user data but the paths of the cache folders.

    Returns:
        What was found.
    """
    with needed_by("check"):
        import platform

        import torch

        from cyclemlp.benchmarking.machine import processor
        from cyclemlp.benchmarking.resources import folders, gpus, memory_gib
        from cyclemlp.benchmarking.self_check import self_check
        from cyclemlp.bundle.versions import installed_versions
        from cyclemlp.console.devices import best_device
        from cyclemlp.ops.cpu.state import kernel_states
    devices = dict.fromkeys((torch.device("cpu"), best_device(None)))
    passes = tuple(one for device in devices for one in self_check(device))
    return Check(
        versions={"python": platform.python_version()} | installed_versions(_PACKAGES),
        machine={
            "system": platform.platform(),
            "processor": processor(),
            "torch computes with": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
            "memory in GiB": memory_gib(),
        },
        gpus=gpus(),
        folders=folders(),
        kernels=kernel_states(),
        passes=passes,
    )
