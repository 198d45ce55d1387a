"""From a bundle's path to a predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.predictor import Predictor


def load(
    path: str | Path,
    device: str = "cpu",
    image_size: int | tuple[int, int] | None = None,
    batch_size: int | None = None,
    **settings: Any,
) -> Predictor:
    """Load a bundle for prediction. Only the core libraries are required.

    Args:
        path: a bundle's folder, a training run's folder, or a Hugging Face Hub id.
        device: where the network runs, e.g. ``"cuda"``.
        image_size: input side, or (height, width), in pixels; by default that of the training.
        batch_size: images per forward pass; by default 32, or 8 in dense tasks.
        **settings: settings of the task, e.g. ``top_k=3``.

    Returns:
        A predictor: ``predictor(image)`` and ``predictor([image, …])``.

    Raises:
        FileNotFoundError: there is no such bundle.
        ValueError: the bundle cannot be used; the message says why.
    """
    bundle = Bundle.from_pretrained(path)
    task, preprocessing = bundle.task(**settings), bundle.config.preprocessing
    return Predictor(bundle.network, task, preprocessing, device, image_size, batch_size)
