"""The advice if the memory does not suffice for the report of a finished run."""

from __future__ import annotations

from contextlib import AbstractContextManager

from cyclemlp.console.memory import explaining_memory
from cyclemlp.training.run.folder import RunFolder


def advising_on_report(
    folder: RunFolder, batch: int, size: tuple[int, int]
) -> AbstractContextManager[None]:
    """Return a context in which an error about memory says what is finished and what helps.

    Args:
        folder: of the run.
        batch: images per forward pass of the evaluation.
        size: (height, width) of the images, in pixels.
    """
    used = f"the pictures of the report at --batch-size {batch} and {size[0]} × {size[1]} px"
    smaller = f"--batch-size {batch // 2}" if batch > 1 else "--workers 0"
    advice = (
        f"The training is finished: the bundle is in {folder.bundle}, its figures in "
        f"{folder.metrics_json}. For detailed scores, run: cyclemlp evaluate {folder.path} "
        f"{smaller}, with a smaller --image-size, or with --device cpu"
    )
    return explaining_memory(used, lambda: advice)
