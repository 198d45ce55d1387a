"""The advice if the memory does not suffice for a forward pass."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

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
    return explaining_memory(
        used, lambda: f"{inference_remedies(batch, device)}. {kept()}".rstrip()
    )


def inference_remedies(batch: int, device: torch.device) -> str:
    """Return three flags of `evaluate` and `predict` that need less memory.

    Args:
        batch: images per forward pass.
        device: where the network runs.
    """
    smaller = f"--batch-size {batch // 2}" if batch > 1 else "--task-args.window (of segmentation)"
    elsewhere = (
        "--workers 0 (fewer loaded images)" if device.type == "cpu" else "--device cpu (slower)"
    )
    return f"Use {smaller}, a smaller --image-size, or {elsewhere}"
