"""Settings of the published recipes of detection and instance segmentation."""

from __future__ import annotations

from cyclemlp.data.augmentation.detect import DetectionAugmentation
from cyclemlp.tasks.recipe import Recipe

_SIZE = (800, 1333)  # of the published recipes for COCO

# The 8 bits of bfloat16 locate a box in 1000 pixels only to within four.
RECIPES = {
    "detect": Recipe(DetectionAugmentation, (1e-4, 16), _SIZE, half_weights=False),  # RetinaNet
    "instance": Recipe(DetectionAugmentation, (2e-4, 16), _SIZE, half_weights=False),  # Mask R-CNN
}
"""PVT's, by the task's name."""
