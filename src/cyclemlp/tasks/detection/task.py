"""The tasks ``detect`` and ``instance``: objects as boxes, and as boxes with masks."""

from __future__ import annotations

from cyclemlp.data.transforms.detect import DetectionAugmentation
from cyclemlp.tasks.detection.objects import ObjectTask
from cyclemlp.tasks.recipe import Recipe

_SIZE = (800, 1333)  # of the published recipes for COCO


class Detection(ObjectTask):
    """Object detection by RetinaNet or Faster R-CNN; see `ObjectTask` for the settings."""

    name = "detect"
    headline = "ap"
    ranking = "class_ap"
    pipeline_tag = "object-detection"
    # PVT's RetinaNet. The 8 bits of bfloat16 locate a box in 1000 pixels only to within four.
    recipe = Recipe(DetectionAugmentation, (1e-4, 16), _SIZE, half_weights=False)
    detectors = ("retinanet", "faster_rcnn")
    masks = False


class InstanceSegmentation(ObjectTask):
    """Instance segmentation by Mask R-CNN; see `ObjectTask` for the settings.

    Data sets need masks of their objects, as COCO has.
    """

    name = "instance"
    headline = "mask_ap"
    ranking = "class_mask_ap"
    pipeline_tag = "image-segmentation"
    recipe = Recipe(DetectionAugmentation, (2e-4, 16), _SIZE, half_weights=False)  # PVT's
    detectors = ("mask_rcnn",)
    masks = True
