"""The tasks ``detect`` and ``instance``: objects as boxes, and as boxes with masks."""

from __future__ import annotations

from cyclemlp.tasks.detection.objects import ObjectTask
from cyclemlp.tasks.detection.recipe import RECIPES


class Detection(ObjectTask):
    """Object detection by RetinaNet or Faster R-CNN; see `ObjectTask` for the settings."""

    name = "detect"
    headline = "ap"
    ranking = "class_ap"
    pipeline_tag = "object-detection"
    recipe = RECIPES[name]
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
    recipe = RECIPES[name]
    detectors = ("mask_rcnn",)
    masks = True
