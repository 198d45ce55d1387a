"""AS-MLP, with the interface of timm's models. Variants are in `as_mlp_variants.py`."""

# No `from __future__ import annotations`: a traced graph copies forward's annotations, and
# TorchScript cannot read them back as strings.

from typing import Any

import torch
from timm.layers import (
    SelectAdaptivePool2d,
    calculate_drop_path_rates,
    get_device_dtype,
    trunc_normal_,
)
from timm.models import named_apply
from timm.models.swin_transformer import PatchMerging
from torch import nn

from cyclemlp.models.axial import ImageNorm, ShiftFC
from cyclemlp.models.axial_block import AxialBlock, AxialStage, PatchEmbed
from cyclemlp.models.pyramid import Pyramid, check_size


class ASMLP(Pyramid):
    """AS-MLP (Lian et al., ICLR 2022): a pyramid of axial shifts that takes images of any size.

    Features are channels last. The patches are floored; a map with an odd side is padded with zeros
    right and below before merging, as in dense versions of Swin (the released code requires even
    sides). Modules have the names of the authors' code; its 1×1 convolutions are linear layers
    here, and loading reshapes their weights.

    Args:
        dim: channels of the first stage, which double at each of the others.
        depths: blocks of the four stages.
        shift_size: number of groups of channels that shift differently.
        mlp_ratio: MLP width over channels.
        in_chans: input channels.
        num_classes: 0 for no classifier.
        global_pool: timm's pool type; `""` keeps positions.
        drop_rate: dropout before the classifier.
        proj_drop_rate: dropout in MLPs.
        drop_path_rate: maximum rate of stochastic depth, which increases linearly from 0.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, in_chans, H, W)` to `(B, num_classes)`; H and W at least 32.

    Raises:
        ValueError: images below 32×32, or invalid arguments.

    Source:
        Paper section 3.1 and table 1, and the released code.
    """

    STAGES = "layers"

    def __init__(
        self,
        dim: int = 96,
        depths: tuple[int, ...] = (2, 2, 6, 2),
        shift_size: int = 5,
        mlp_ratio: float = 4.0,
        in_chans: int = 3,
        num_classes: int = 1000,
        global_pool: str = "avg",
        drop_rate: float = 0.0,
        proj_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        dims = [dim * 2**i for i in range(len(depths))]
        super().__init__(dims, "layers.{}.blocks", num_classes, in_chans, global_pool)
        dd: dict[str, Any] = {"device": device, "dtype": dtype}
        self.patch_embed = PatchEmbed(in_chans, dim, **dd)
        rates = calculate_drop_path_rates(drop_path_rate, list(depths), stagewise=True)
        layers = []
        for i, width in enumerate(dims):
            blocks = [
                AxialBlock(width, shift_size, mlp_ratio, rate, proj_drop_rate, **dd)
                for rate in rates[i]  # pyright: ignore[reportGeneralTypeIssues] - stagewise: lists
            ]
            last = i == len(dims) - 1
            merge = nn.Identity() if last else PatchMerging(width, norm_layer=ImageNorm, **dd)  # pyright: ignore[reportArgumentType]
            layers.append(AxialStage(blocks, merge))
        self.layers = nn.Sequential(*layers)
        self.norm = ImageNorm(dims[-1], **dd)
        self.pool = _pool(global_pool)
        self.head_drop = nn.Dropout(drop_rate)
        self.head = _classifier(self.num_features, num_classes, self.pool, **dd)
        self.head_hidden_size = self.num_features * self.pool.feat_mult()
        named_apply(_init_weights, self)
        self.register_load_state_dict_pre_hook(_flatten_kernels)

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Return how timm groups parameters by depth, for layer-wise learning-rate decay."""
        blocks = (
            r"^layers\.(\d+)"
            if coarse
            else [
                (r"^layers\.(\d+)\.downsample", (0,)),
                (r"^layers\.(\d+)\.blocks\.(\d+)", None),
                (r"^norm\b", (99999,)),
            ]
        )
        return {"stem": r"^patch_embed", "blocks": blocks}

    def get_classifier(self) -> nn.Module:
        """Return the final linear layer, or Identity without classes."""
        return self.head

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """Replace the classifier, see `Pyramid`."""
        self.num_classes = num_classes
        if global_pool is not None:
            self.global_pool = global_pool
            self.pool = _pool(global_pool).train(self.training)
        like: dict[str, Any] = get_device_dtype(self)
        head = _classifier(self.num_features, num_classes, self.pool, **like)
        self.head = head.train(self.training)
        self.head_hidden_size = self.num_features * self.pool.feat_mult()

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Map images `(B, in_chans, H, W)` to the features of the patches `(B, H', W', C)`."""
        check_size(x, "AS-MLP")
        return self.patch_embed(x)

    def stage(self, index: int, x: torch.Tensor) -> torch.Tensor:
        """Map the features of the previous stage, or of the patches, to those of a stage."""
        if index > 0:
            x = self._layer(index - 1).downsample(x)
        return self._layer(index).run(x)

    def _layer(self, index: int) -> AxialStage:
        layer = self.layers[index]
        assert isinstance(layer, AxialStage)
        return layer

    def prune_intermediate_layers(
        self, indices: int | list[int] = 1, prune_norm: bool = False, prune_head: bool = True
    ) -> list[int]:
        """Remove the parts that the features of these stages do not need, see `Pyramid`."""
        kept = super().prune_intermediate_layers(indices, prune_norm, prune_head)
        self.layers[-1].downsample = nn.Identity()
        return kept

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to the normalized last features `(B, H/32, W/32, C)`."""
        return self.norm(self.layers(self.embed(x)))

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Pool `(B, H, W, C)` and classify it; `pre_logits` stops before the classifier."""
        x = self.head_drop(self.pool(x))
        return x if pre_logits else self.head(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to logits `(B, num_classes)`."""
        return self.forward_head(self.forward_features(x))


def _pool(kind: str) -> SelectAdaptivePool2d:
    return SelectAdaptivePool2d(pool_type=kind, flatten=bool(kind), input_fmt="NHWC")


def _classifier(
    channels: int, num_classes: int, pool: SelectAdaptivePool2d, **dd: Any
) -> nn.Module:
    if num_classes <= 0:
        return nn.Identity()
    return nn.Linear(channels * pool.feat_mult(), num_classes, **dd)


def _init_weights(module: nn.Module, name: str = "") -> None:
    """Initialize as the released code does: it draws linear layers and 1×1 convolutions alike."""
    if isinstance(module, nn.Linear | ShiftFC):
        trunc_normal_(module.weight, std=0.02)
        if isinstance(module.bias, torch.Tensor):
            nn.init.zeros_(module.bias)


def _flatten_kernels(module: nn.Module, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
    """Reshape the released code's 1×1 kernels `(C_out, C, 1, 1)` to matrices, before loading."""
    for name, tensor in state_dict.items():
        kernel = name.startswith(prefix) and tensor.ndim == 4 and tensor.shape[2:] == (1, 1)
        if kernel and "patch_embed" not in name:
            state_dict[name] = tensor.flatten(1)
