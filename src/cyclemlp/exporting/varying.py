"""The check that a network takes the sizes that an exported file is to take."""

from __future__ import annotations

from collections.abc import Sequence

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.input_size import check_size
from cyclemlp.console.memory import NotEnoughMemoryError
from cyclemlp.exporting.part import STRIDE
from cyclemlp.tasks.batching import Stacked

_SIDES = ("height", "width")


def check_varying(bundle: Bundle, dynamic: Sequence[str]) -> None:
    """Check that a network for one size is not exported for several.

    Args:
        bundle: to export.
        dynamic: names of the axes that may vary.

    Raises:
        ValueError: height or width may vary, and the network does not take other ones.
    """
    preprocessing = bundle.config.preprocessing
    varying = [name for name in _SIDES if name in dynamic]
    if not varying or not isinstance(bundle.task().batching, Stacked):
        return
    height, width = preprocessing.image_size
    check_size(bundle.network, (height, width), preprocessing.channels)
    other = (height + STRIDE * ("height" in varying), width + STRIDE * ("width" in varying))
    try:
        check_size(bundle.network, other, preprocessing.channels)
    except NotEnoughMemoryError:  # says nothing about the sizes that the network takes
        raise
    except ValueError as error:
        left = " ".join(name for name in dynamic if name not in _SIDES) or "batch"
        raise ValueError(
            f"this network takes images of {height} × {width} pixels only, so that "
            f"{' and '.join(varying)} cannot vary in the exported file; give --dynamic {left}"
        ) from error
