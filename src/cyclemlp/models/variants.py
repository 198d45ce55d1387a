"""The variants, registered with timm: `timm.create_model("cyclemlp_b1")`."""

from __future__ import annotations

from typing import Any

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model

from cyclemlp.models.cyclemlp import CycleMLP
from cyclemlp.models.weights.released import checkpoint_filter_fn

_RELEASE = "https://github.com/ShoufaChen/CycleMLP/releases/download/v0.1/"


def _cfg(file: str = "", **kwargs: Any) -> dict[str, Any]:
    """Describe pretrained weights to timm, with the crops of their published evaluation."""
    return {
        "url": _RELEASE + file if file else "",
        "num_classes": 1000,
        "input_size": (3, 224, 224),
        "min_input_size": (3, 32, 32),
        "pool_size": (7, 7),
        "crop_pct": 0.9,
        "interpolation": "bicubic",
        "mean": IMAGENET_DEFAULT_MEAN,
        "std": IMAGENET_DEFAULT_STD,
        "first_conv": "stem.conv",
        "classifier": "head.fc",
        "license": "mit",
        "paper_ids": "arXiv:2107.10224",
        "paper_name": "CycleMLP: A MLP-like Architecture for Dense Prediction",
        "origin_url": "https://github.com/ShoufaChen/CycleMLP",
        **kwargs,
    }


default_cfgs = generate_default_cfgs(
    {
        "cyclemlp_b1.in1k": _cfg("CycleMLP_B1.pth"),
        "cyclemlp_b2.in1k": _cfg("CycleMLP_B2.pth"),
        "cyclemlp_b3.in1k": _cfg("CycleMLP_B3.pth"),
        "cyclemlp_b4.in1k": _cfg("CycleMLP_B4.pth", crop_pct=0.875),
        "cyclemlp_b5.in1k": _cfg("CycleMLP_B5.pth", crop_pct=0.875),
        "cyclemlp_tiny.in1k": _cfg("CycleMLP_tiny.pth"),
        "cyclemlp_small.in1k": _cfg("CycleMLP_small.pth"),
        "cyclemlp_base.in1k": _cfg("CycleMLP_base.pth"),
        "cyclemlp_nano.untrained": _cfg(),
    }
)


def _create_cyclemlp(variant: str, pretrained: bool, **kwargs: Any) -> CycleMLP:
    # dense tasks need a norm per stage, as the authors describe (issue 9 of their repository)
    if kwargs.get("features_only") and kwargs.get("feature_cls", "getter") == "getter":
        kwargs.setdefault("stage_norms", True)
    return build_model_with_cfg(
        CycleMLP,
        variant,
        pretrained,
        pretrained_filter_fn=checkpoint_filter_fn,
        feature_cfg={"out_indices": (0, 1, 2, 3), "feature_cls": "getter"},
        **kwargs,
    )


@register_model
def cyclemlp_nano(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """Ours, about 1 M parameters, for small images (from 32×32), edge devices and tests."""
    args = {"dims": (32, 64, 96, 128), "depths": (1, 2, 4, 2)}
    return _create_cyclemlp("cyclemlp_nano", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_b1(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-B1: 15.2 M parameters, 2.1 GMACs at 224 (paper, table 1)."""
    args = {"dims": (64, 128, 320, 512), "depths": (2, 2, 4, 2)}
    return _create_cyclemlp("cyclemlp_b1", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_b2(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-B2: 26.8 M parameters, 3.9 GMACs at 224 (paper, table 1)."""
    args = {"dims": (64, 128, 320, 512), "depths": (2, 3, 10, 3)}
    return _create_cyclemlp("cyclemlp_b2", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_b3(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-B3: 38.4 M parameters, 6.8 GMACs at 224 (paper, table 1)."""
    args = {"dims": (64, 128, 320, 512), "depths": (3, 4, 18, 3), "mlp_ratios": (8, 8, 4, 4)}
    return _create_cyclemlp("cyclemlp_b3", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_b4(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-B4: 51.8 M parameters, 10.0 GMACs at 224 (paper, table 1)."""
    args = {"dims": (64, 128, 320, 512), "depths": (3, 8, 27, 3), "mlp_ratios": (8, 8, 4, 4)}
    return _create_cyclemlp("cyclemlp_b4", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_b5(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-B5: 75.7 M parameters, 12.2 GMACs at 224 (paper, table 1)."""
    args = {"dims": (96, 192, 384, 768), "depths": (3, 4, 24, 3)}
    return _create_cyclemlp("cyclemlp_b5", pretrained, **{**args, **kwargs})


# No code was released for the three below. Branches summed, Swin's patch merging and the released
# stem are the reading that gives the published 28, 50 and 88 M parameters and 4.4, 8.5 and 15.2
# GMACs (a 4×4 stem would give 15.1 for the last).
_SWIN_LIKE = {"fusion": "sum", "downsampling": "merge"}


@register_model
def cyclemlp_tiny(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-T, derived from the published size: 28 M parameters, 4.4 GMACs at 224."""
    args = {"dims": (96, 192, 384, 768), "depths": (2, 2, 6, 2), **_SWIN_LIKE}
    return _create_cyclemlp("cyclemlp_tiny", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_small(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-S, derived from the published size: 50 M parameters, 8.5 GMACs at 224."""
    args = {"dims": (96, 192, 384, 768), "depths": (2, 2, 18, 2), **_SWIN_LIKE}
    return _create_cyclemlp("cyclemlp_small", pretrained, **{**args, **kwargs})


@register_model
def cyclemlp_base(pretrained: bool = False, **kwargs: Any) -> CycleMLP:
    """CycleMLP-B, derived from the published size: 88 M parameters, 15.2 GMACs at 224."""
    args = {"dims": (128, 256, 512, 1024), "depths": (2, 2, 18, 2), **_SWIN_LIKE}
    return _create_cyclemlp("cyclemlp_base", pretrained, **{**args, **kwargs})
