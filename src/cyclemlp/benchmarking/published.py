"""Published accuracies of the compared networks."""

from __future__ import annotations

_IMAGE_SIZE = (224, 224)  # of all accuracies below and of this library's models
# ImageNet-1K top-1 accuracies in percent, trained on ImageNet-1K alone.
_TOP1 = {
    "swin_tiny_patch4_window7_224": 81.3,  # Liu et al., ICCV 2021
    "convnext_tiny": 82.1,  # Liu et al., CVPR 2022
    "pvt_v2_b2": 82.0,  # Wang et al., CVMJ 2022
    "resnet50": 76.1,  # torchvision's first weights
    "mixer_b16_224": 76.4,  # Tolstikhin et al., NeurIPS 2021
    "resmlp_24_224": 79.4,  # Touvron et al., TPAMI 2022
    "gmlp_s16_224": 79.6,  # Liu et al., NeurIPS 2021
}
OTHERS = [*_TOP1]
"""timm's models that have a published accuracy."""


def published_top1(model: str, image_size: tuple[int, int]) -> float | None:
    """Return a model's published accuracy in percent; None if there is none at this image size."""
    from cyclemlp.models.zoo import ZOO  # the list of models above needs no torch

    if image_size != _IMAGE_SIZE:
        return None
    return ZOO[model].top1 if model in ZOO else _TOP1.get(model)
