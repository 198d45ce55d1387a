"""Classes and settings of small networks."""

from typing import Any

CLASSES = ("sky", "road", "car")
NARROW = {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
TINY: dict[str, Any] = {"dims": [8, 16, 16, 24], "depths": [1, 1, 1, 1]}
