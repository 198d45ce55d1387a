"""The advice if the memory does not suffice for a forward pass."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields

import torch

from cyclemlp.console.memory import explaining_memory
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task


def advising_on_inference(
    task: Task,
    preprocessing: Preprocessing,
    device: torch.device,
    batch_size: int | None,
    kept: Callable[[], str],
) -> AbstractContextManager[None]:
    """Return a context in which an error about memory says what was used and which flags help.

    Args:
        task: of the network.
        preprocessing: of the images.
        device: where the network runs.
        batch_size: images per forward pass; None for the task's default.
        kept: returns what is left behind, or how to go on; may be empty.
    """
    batch = task.batching.images_at_once(batch_size)
    size = "the images' own size"
    if not task.batching.keeps_size:
        size = "{} × {} px".format(*preprocessing.image_size)
    used = f"--batch-size {batch} at {size} with --device {device}"
    return explaining_memory(used, lambda: f"{_remedies(task, batch, device)}. {kept()}".rstrip())


def _remedies(task: Task, batch: int, device: torch.device) -> str:
    """Return the flags of `evaluate` and `predict` that need less memory."""
    has_windows = any(field.name == "window" for field in fields(task.recipe.predict_settings))
    found = [f"--batch-size {batch // 2}"] if batch > 1 else []
    if task.batching.keeps_size:
        found.append("a smaller --window")
    else:
        found += ["--window 512"] if has_windows and batch == 1 else []
        found.append("a smaller --image-size")
    on_cpu = device.type == "cpu"
    found.append("--workers 0 (fewer loaded images)" if on_cpu else "--device cpu (slower)")
    *others, last = found
    return f"Use {', '.join(others)}, or {last}"
