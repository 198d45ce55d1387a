"""Where a run computes: accelerator, devices, machines, processes."""

from __future__ import annotations

import os

import torch

from cyclemlp.training.settings.settings import Settings


def choose_accelerator(settings: Settings) -> str:
    """Return ``"cpu"``, ``"gpu"`` or ``"mps"``.

    Raises:
        ValueError: a GPU is required and torch finds none.
    """
    if settings.accelerator == "mps" and not torch.backends.mps.is_available():
        raise ValueError("--accelerator mps: torch finds no Apple GPU here; use --accelerator auto")
    if settings.accelerator == "auto":
        return "gpu" if torch.cuda.is_available() else "cpu"
    if settings.accelerator == "gpu" and not torch.cuda.is_available():
        raise ValueError("--accelerator gpu: torch finds no GPU here; use --accelerator cpu")
    return settings.accelerator


def choose_devices(settings: Settings) -> int:
    """Return the number of devices on each machine.

    It is the setting, else torchrun's number, else all GPUs, or one process on CPU.
    """
    if settings.devices is not None:
        return settings.devices
    if "LOCAL_WORLD_SIZE" in os.environ:
        return int(os.environ["LOCAL_WORLD_SIZE"])
    return torch.cuda.device_count() if choose_accelerator(settings) == "gpu" else 1


def choose_nodes(settings: Settings) -> int:
    """Return the number of machines: the setting, else torchrun's number, else 1."""
    return settings.num_nodes or int(os.environ.get("GROUP_WORLD_SIZE", 1))


def count_processes(settings: Settings) -> int:
    """Return the number of processes on all machines together."""
    return choose_devices(settings) * choose_nodes(settings)
