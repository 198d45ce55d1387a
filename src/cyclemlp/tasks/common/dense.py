"""What segmentation and detection share: images that keep their aspect ratio, and windows."""

from __future__ import annotations

from collections.abc import Sequence

from cyclemlp.data.colors import Color
from cyclemlp.tasks.batching import Listed
from cyclemlp.tasks.common.palette import palette
from cyclemlp.tasks.common.windows import check_windows
from cyclemlp.tasks.contract import Task


class DenseTask(Task):
    """Base class of tasks whose images differ in size and whose classes have colours.

    Args:
        classes: class names, in the order of the network's outputs.
        colors: of each class; by default a palette of distinct colours.
        window: side of the overlapping windows in which an image is predicted at its original
            size, in pixels; None to predict the whole resized image.
        overlap: minimum share that neighbouring windows have in common.

    Raises:
        ValueError: a setting is out of range.
    """

    pictures = True

    def __init__(
        self,
        classes: Sequence[str],
        *,
        colors: Sequence[Color],
        window: int | None,
        overlap: float,
    ) -> None:
        super().__init__(classes, colors=colors or palette(len(classes)))
        check_windows(window, overlap)
        self.window = window
        self.overlap = overlap
        self.batching = Listed(keeps_size=window is not None)
