"""The variants of AS-MLP, registered with timm: `timm.create_model("as_mlp_tiny")`."""

from __future__ import annotations

from typing import Any

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model

from cyclemlp.models.as_mlp import ASMLP


def _cfg() -> dict[str, Any]:
    """Describe the preprocessing and layers to timm; the released weights have no stable URL."""
    return {
        "url": "",
        "num_classes": 1000,
        "input_size": (3, 224, 224),
        "min_input_size": (3, 32, 32),
        "pool_size": (7, 7),
        "crop_pct": 0.9,
        "interpolation": "bicubic",
        "mean": IMAGENET_DEFAULT_MEAN,
        "std": IMAGENET_DEFAULT_STD,
        "first_conv": "patch_embed.proj",
        "classifier": "head",
        "license": "mit",
        "paper_ids": "arXiv:2107.08391",
        "paper_name": "AS-MLP: An Axial Shifted MLP Architecture for Vision",
        "origin_url": "https://github.com/svip-lab/AS-MLP",
    }


default_cfgs = generate_default_cfgs(
    {f"as_mlp_{size}.in1k": _cfg() for size in ("tiny", "small", "base")}
)


def _create_as_mlp(variant: str, pretrained: bool, **kwargs: Any) -> ASMLP:
    return build_model_with_cfg(
        ASMLP,
        variant,
        pretrained,
        feature_cfg={"out_indices": (0, 1, 2, 3), "feature_cls": "getter"},
        **kwargs,
    )


@register_model
def as_mlp_tiny(pretrained: bool = False, **kwargs: Any) -> ASMLP:
    """AS-MLP-T: 28.3 M parameters, 4.4 GMACs at 224 (paper, table 1)."""
    args = {"dim": 96, "depths": (2, 2, 6, 2)}
    return _create_as_mlp("as_mlp_tiny", pretrained, **{**args, **kwargs})


@register_model
def as_mlp_small(pretrained: bool = False, **kwargs: Any) -> ASMLP:
    """AS-MLP-S: 49.6 M parameters, 8.5 GMACs at 224 (paper, table 1)."""
    args = {"dim": 96, "depths": (2, 2, 18, 2)}
    return _create_as_mlp("as_mlp_small", pretrained, **{**args, **kwargs})


@register_model
def as_mlp_base(pretrained: bool = False, **kwargs: Any) -> ASMLP:
    """AS-MLP-B: 87.8 M parameters, 15.2 GMACs at 224 (paper, table 1)."""
    args = {"dim": 128, "depths": (2, 2, 18, 2)}
    return _create_as_mlp("as_mlp_base", pretrained, **{**args, **kwargs})
