"""The network, with the interface of timm's models. Variants are in `variants.py`."""

# No `from __future__ import annotations`: a traced graph copies forward's annotations, and
# TorchScript cannot read them back as strings.

from typing import Any

import torch
from timm.layers import ClassifierHead, calculate_drop_path_rates, get_device_dtype, trunc_normal_
from timm.models import checkpoint_seq, named_apply
from timm.models.swin_transformer import PatchMerging
from torch import nn

from cyclemlp.models.block import Block
from cyclemlp.models.equal_size import StageSize, equal_mlp_ratios
from cyclemlp.models.layers import ConvLast, CycleFC
from cyclemlp.models.mixers import MixerOptions, create_mixer
from cyclemlp.models.pyramid import Pyramid, check_size
from cyclemlp.models.spatial import check_image_size, grids, image_size


class Stage(nn.Module):
    """Downsampling (none in the first stage, which follows the stem) and blocks.

    Args:
        downsample: maps the features of the previous stage to the channels and size of this one.
        blocks: at one size, `(B, H, W, C)` to the same.
    """

    def __init__(self, downsample: nn.Module, blocks: list[Block]) -> None:
        super().__init__()
        self.downsample = downsample
        self.blocks = nn.Sequential(*blocks)
        self.grad_checkpointing = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map the features `(B, H, W, C)` of the previous stage to those of this one."""
        x = self.downsample(x)
        if self.grad_checkpointing and not torch.jit.is_scripting():
            return checkpoint_seq(self.blocks, x)
        return self.blocks(x)


class CycleMLP(Pyramid):
    """CycleMLP (Chen et al., ICLR 2022): a pyramid of MLP blocks that takes images of any size.

    Features are channels last. Sizes are floored as in the released network, without padding.

    Args:
        dims: channels of the four stages.
        depths: blocks of the four stages.
        mlp_ratios: MLP width over channels, per stage.
        in_chans: input channels.
        num_classes: 0 for no classifier.
        global_pool: timm's pool type; `""` keeps positions.
        mixer: the token mixer, a name in `cyclemlp.models.mixers.MIXERS`.
        stepsize: `S` of the mixers' branches `(1, S)` and `(S, 1)`; 3 in the released weights. A
            pair `(S_H, S_W)` for 2-D branches; the number of groups of `mixer="axial"`.
        fusion: how branches are combined, `"reweight"` (released code) or `"sum"` (paper's figure).
        phase: where the cycles of channels start, `"released"` or `"paper"`.
        downsampling: `"conv"`, 3×3 of stride 2 (released), or `"merge"`, Swin's patch merging.
        img_size: side, or `(H, W)`, of the images for `mixer="spatial"`, which takes no other size;
            224 by default. Only for that mixer.
        equal_params: scale the MLP widths for mixers other than `"cycle"` so that the network has
            as many parameters as that of Cycle FCs, within 1 %. `mlp_ratios` are those of the
            latter.
        stage_norms: whether `forward_intermediates` applies a LayerNorm to the features of each
            stage, as the authors describe for dense tasks. Default under timm's `features_only`.
        drop_rate: dropout before the classifier.
        proj_drop_rate: dropout in mixers and MLPs.
        drop_path_rate: maximum rate of stochastic depth, which increases linearly from 0.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, in_chans, H, W)` to `(B, num_classes)`; H and W at least 32.

    Raises:
        ValueError: images below 32×32, or invalid arguments.

    Source:
        Paper section 3.3 and table 1; the released code where the two differ.
    """

    def __init__(
        self,
        dims: tuple[int, ...] = (64, 128, 320, 512),
        depths: tuple[int, ...] = (2, 2, 4, 2),
        mlp_ratios: tuple[float, ...] = (4.0, 4.0, 4.0, 4.0),
        in_chans: int = 3,
        num_classes: int = 1000,
        global_pool: str = "avg",
        mixer: str = "cycle",
        stepsize: int | tuple[int, int] = 3,
        fusion: str = "reweight",
        phase: str = "released",
        downsampling: str = "conv",
        img_size: int | tuple[int, int] | None = None,
        equal_params: bool = True,
        stage_norms: bool = False,
        drop_rate: float = 0.0,
        proj_drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(dims, "stages.{}", num_classes, in_chans, global_pool)
        dd: dict[str, Any] = {"device": device, "dtype": dtype}
        self.mixer = mixer
        self.stepsize = stepsize
        self.fusion = fusion
        self.phase = phase
        self.stem = ConvLast(in_chans, dims[0], kernel_size=7, stride=4, padding=2, **dd)
        rates = calculate_drop_path_rates(drop_path_rate, list(depths), stagewise=True)
        self.img_size = _fixed_size(mixer, img_size)
        options = [
            MixerOptions(stepsize, fusion, phase, proj_drop_rate, grid)
            for grid in grids(self.img_size or (224, 224), len(dims))
        ]
        sizes = list(map(StageSize, dims, depths, mlp_ratios, options))
        if equal_params and mixer != "cycle":
            mlp_ratios = equal_mlp_ratios(mixer, sizes)
        drops = {"proj_drop": proj_drop_rate, **dd}
        stages = []
        for i, (dim, ratio) in enumerate(zip(dims, mlp_ratios, strict=True)):
            step = nn.Identity() if i == 0 else _downsample(downsampling, dims[i - 1], dim, **dd)
            blocks = [
                Block(dim, create_mixer(mixer, dim, options[i], **dd), ratio, rate, **drops)
                for rate in rates[i]  # pyright: ignore[reportGeneralTypeIssues] - stagewise: lists
            ]
            stages.append(Stage(step, blocks))
        self.stages = nn.Sequential(*stages)
        self.stage_norms = nn.ModuleList(
            nn.LayerNorm(dim, **dd) if stage_norms else nn.Identity() for dim in dims
        )
        self.norm = nn.LayerNorm(dims[-1], **dd)
        self.head = ClassifierHead(
            dims[-1], num_classes, global_pool, drop_rate, input_fmt=self.output_fmt, **dd
        )
        self.head_hidden_size = self.head.num_features
        named_apply(_init_weights, self)

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Return how timm groups parameters by depth, for layer-wise learning-rate decay."""
        blocks = (
            r"^stages\.(\d+)"
            if coarse
            else [
                (r"^stages\.(\d+)\.downsample", (0,)),
                (r"^stages\.(\d+)\.blocks\.(\d+)", None),
                (r"^(?:norm|stage_norms)\b", (99999,)),
            ]
        )
        return {"stem": r"^stem", "blocks": blocks}

    def get_classifier(self) -> nn.Module:
        """Return the final linear layer, or Identity without classes."""
        return self.head.fc

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """Replace the classifier, see `Pyramid`."""
        self.num_classes = num_classes
        like: dict[str, Any] = get_device_dtype(self)
        self.head.reset(num_classes, global_pool, in_features=self.num_features, **like)
        self.head_hidden_size = self.head.num_features
        if global_pool is not None:
            self.global_pool = global_pool

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Map images `(B, in_chans, H, W)` to the stem's features `(B, H', W', C)`."""
        check_size(x)
        if self.img_size is not None:
            check_image_size(x, self.img_size[0], self.img_size[1])
        return self.stem(x.permute(0, 2, 3, 1))

    def stage(self, index: int, x: torch.Tensor) -> torch.Tensor:
        """Map the features of the previous stage, or of the stem, to those of a stage."""
        return self.stages[index](x)

    def shown(self, index: int, x: torch.Tensor) -> torch.Tensor:
        """Apply the norm of a stage, if the model has these norms."""
        return self.stage_norms[index](x)

    def prune_intermediate_layers(
        self, indices: int | list[int] = 1, prune_norm: bool = False, prune_head: bool = True
    ) -> list[int]:
        """Remove the parts that the features of these stages do not need, see `Pyramid`."""
        kept = super().prune_intermediate_layers(indices, prune_norm, prune_head)
        norms = self.stage_norms[: len(self.stages)]
        self.stage_norms = nn.ModuleList(
            norm if i in kept else nn.Identity() for i, norm in enumerate(norms)
        )
        if isinstance(self.norm, nn.LayerNorm):  # it replaces the last stage norm
            self.stage_norms[-1] = nn.Identity()
        return kept

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to the normalized last features `(B, H/32, W/32, C)`."""
        return self.norm(self.stages(self.embed(x)))

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Pool `(B, H, W, C)` and classify it; `pre_logits` stops before the classifier."""
        return self.head(x, pre_logits=True) if pre_logits else self.head(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to logits `(B, num_classes)`."""
        return self.forward_head(self.forward_features(x))


def _fixed_size(mixer: str, img_size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """Return `(H, W)` of the only images that the mixer takes, or None if it takes any."""
    if mixer == "spatial":
        return image_size(img_size or 224)
    if img_size is not None:
        raise ValueError(
            f"img_size is for mixer='spatial'; mixer={mixer!r} takes images of any size. "
            f"Remove img_size={img_size!r}."
        )
    return None


def _downsample(kind: str, in_chans: int, out_chans: int, **dd: Any) -> nn.Module:
    if kind == "conv":
        return ConvLast(in_chans, out_chans, kernel_size=3, stride=2, padding=1, **dd)
    if kind == "merge":
        return PatchMerging(in_chans, out_chans, **dd)
    raise ValueError(
        f"downsampling must be 'conv' or 'merge'; received {kind!r}. The released B1 to B5 use "
        "'conv', tiny, small and base 'merge'."
    )


def _init_weights(module: nn.Module, name: str = "") -> None:
    """Initialize as the released code does; convolutions keep the initial values of torch."""
    if isinstance(module, nn.Linear | CycleFC):
        trunc_normal_(module.weight, std=0.02)
        if isinstance(module.bias, torch.Tensor):
            nn.init.zeros_(module.bias)
