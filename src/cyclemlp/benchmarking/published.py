"""Published accuracies of the compared networks."""

from __future__ import annotations

_IMAGE_SIZE = (224, 224)  # of all accuracies below and of this library's models
_SWIN = "Liu et al., ICCV 2021, released models"
_MIXER = "Tolstikhin et al., NeurIPS 2021"
_RESMLP = "Touvron et al., TPAMI 2022"
_GMLP = "Liu et al., NeurIPS 2021"
# ImageNet-1K top-1 accuracies in percent, trained on ImageNet-1K alone, and their source.
_TOP1 = {
    "swin_tiny_patch4_window7_224": (81.2, _SWIN),
    "swin_small_patch4_window7_224": (83.2, _SWIN),
    "swin_base_patch4_window7_224": (83.5, _SWIN),
    "convnext_tiny": (82.1, "Liu et al., CVPR 2022"),
    "pvt_v2_b2": (82.0, "Wang et al., CVMJ 2022"),
    "resnet50": (76.1, "torchvision's first weights"),
    "mixer_b16_224": (76.4, _MIXER),
    "resmlp_12_224": (76.6, _RESMLP),
    "resmlp_24_224": (79.4, _RESMLP),
    "resmlp_36_224": (79.7, _RESMLP),
    "gmlp_ti16_224": (72.3, _GMLP),
    "gmlp_s16_224": (79.6, _GMLP),
    "gmlp_b16_224": (81.6, _GMLP),
}
OTHERS = [
    "swin_tiny_patch4_window7_224",
    "convnext_tiny",
    "pvt_v2_b2",
    "resnet50",
    "mixer_b16_224",
    "resmlp_24_224",
    "gmlp_s16_224",
]
"""timm's models that a benchmark compares with."""


def published_top1(model: str, image_size: tuple[int, int]) -> float | None:
    """Return a model's published accuracy in percent; None if there is none at this image size."""
    return published(model)[0] if image_size == _IMAGE_SIZE else None


def published(model: str) -> tuple[float | None, str]:
    """Return a model's published accuracy at 224 × 224 in percent, or None, and its source."""
    from cyclemlp.models.zoo import ZOO  # the list of models above needs no torch

    if model in ZOO:
        return ZOO[model].top1, ZOO[model].source
    return _TOP1.get(model, (None, ""))
