"""The network, with the interface of timm's models. Variants are in `variants.py`."""

# No `from __future__ import annotations`: a traced graph copies forward's annotations, and
# TorchScript cannot read them back as strings.

from typing import Any

import torch
from timm.layers import ClassifierHead, calculate_drop_path_rates, get_device_dtype, trunc_normal_
from timm.models import checkpoint_seq, named_apply, register_notrace_function
from timm.models._features import feature_take_indices
from timm.models.swin_transformer import PatchMerging
from torch import nn

from cyclemlp.models.block import Block
from cyclemlp.models.equal_size import StageSize, equal_mlp_ratios
from cyclemlp.models.layers import ConvLast, CycleFC
from cyclemlp.models.mixers import MixerOptions, create_mixer
from cyclemlp.models.spatial import check_image_size, grids, image_size

MIN_SIZE = 32  # pixels: the stride of the last stage


@register_notrace_function  # sizes are numbers only outside symbolic tracing
def check_size(x: torch.Tensor, network: str = "CycleMLP") -> None:
    """Raise ValueError if an image batch `(B, in_chans, H, W)` is smaller than `MIN_SIZE`."""
    height, width = x.shape[2], x.shape[3]
    if height < 32 or width < 32:  # MIN_SIZE, which TorchScript cannot read here
        raise ValueError(
            f"{network} takes images of at least 32x32 pixels, the stride of its last stage; "
            f"received {height}x{width}. Resize or pad the image."
        )


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


class CycleMLP(nn.Module):
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
        super().__init__()
        dd: dict[str, Any] = {"device": device, "dtype": dtype}
        self.num_classes = num_classes
        self.in_chans = in_chans
        self.global_pool = global_pool
        self.output_fmt = "NHWC"
        self.num_features = dims[-1]
        self.num_stages = len(dims)  # before pruning
        self.mixer = mixer
        self.stepsize = stepsize
        self.fusion = fusion
        self.phase = phase
        self.stem = ConvLast(in_chans, dims[0], kernel_size=7, stride=4, padding=2, **dd)
        rates = calculate_drop_path_rates(drop_path_rate, list(depths), stagewise=True)
        if img_size is not None and mixer != "spatial":
            raise ValueError(
                f"img_size is for mixer='spatial'; mixer={mixer!r} takes images of any size. "
                f"Remove img_size={img_size!r}."
            )
        self.img_size = image_size(img_size or 224) if mixer == "spatial" else None
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
        self.feature_info = [
            {"num_chs": dim, "reduction": 4 * 2**i, "module": f"stages.{i}"}
            for i, dim in enumerate(dims)
        ]
        self.stage_norms = nn.ModuleList(
            nn.LayerNorm(dim, **dd) if stage_norms else nn.Identity() for dim in dims
        )
        self.norm = nn.LayerNorm(dims[-1], **dd)
        self.head = ClassifierHead(
            dims[-1], num_classes, global_pool, drop_rate, input_fmt=self.output_fmt, **dd
        )
        self.head_hidden_size = self.head.num_features
        named_apply(_init_weights, self)

    def no_weight_decay(self) -> set[str]:
        """Return names of parameters without weight decay beyond timm's rule for vectors: none."""
        return set()

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

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Recompute blocks in the backward pass: less memory, about a third more time."""
        for stage in self.stages:
            assert isinstance(stage, Stage)
            stage.grad_checkpointing = enable

    def get_classifier(self) -> nn.Module:
        """Return the final linear layer, or Identity without classes."""
        return self.head.fc

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """Replace the classifier by a new one, with the device and dtype of the parameters.

        Args:
            num_classes: 0 removes it.
            global_pool: timm's pool type; None keeps the current one.
        """
        self.num_classes = num_classes
        like: dict[str, Any] = get_device_dtype(self)
        self.head.reset(num_classes, global_pool, in_features=self.num_features, **like)
        self.head_hidden_size = self.head.num_features
        if global_pool is not None:
            self.global_pool = global_pool

    def forward_intermediates(
        self,
        x: torch.Tensor,
        indices: int | list[int] | None = None,
        norm: bool = False,
        stop_early: bool = False,
        output_fmt: str = "NCHW",
        intermediates_only: bool = False,
    ) -> list[torch.Tensor] | tuple[torch.Tensor, list[torch.Tensor]]:
        """Compute the features of stages, with the arguments of every timm backbone.

        Args:
            x: `(B, in_chans, H, W)`.
            indices: stages to return; an int for the last n, None for all.
            norm: apply the classifier's norm to the features of the last stage.
            stop_early: skip stages after the last index.
            output_fmt: `"NCHW"` or `"NHWC"`.
            intermediates_only: return only the list.

        Returns:
            The list of features, after `stage_norms` if the model has them, or the pair of the
            result of `forward_features` and that list.
        """
        assert output_fmt in ("NCHW", "NHWC"), "output_fmt must be NCHW or NHWC"
        take_indices, max_index = feature_take_indices(len(self.stages), indices)
        last = self.num_stages - 1
        check_size(x)
        if self.img_size is not None:
            check_image_size(x, self.img_size[0], self.img_size[1])
        x = self.stem(x.permute(0, 2, 3, 1))
        intermediates: list[torch.Tensor] = []
        # TorchScript's zip has no strict=
        for i, (stage, stage_norm) in enumerate(zip(self.stages, self.stage_norms)):  # noqa: B905
            if i <= max_index or not stop_early:
                x = stage(x)
                if i in take_indices:
                    feature = self.norm(x) if norm and i == last else stage_norm(x)
                    if output_fmt == "NCHW":
                        feature = feature.permute(0, 3, 1, 2)
                        feature = feature.clone(memory_format=torch.contiguous_format)
                    intermediates.append(feature)
        if intermediates_only:
            return intermediates
        if max_index == last or not stop_early:
            x = self.norm(x)
        return x, intermediates

    def prune_intermediate_layers(
        self, indices: int | list[int] = 1, prune_norm: bool = False, prune_head: bool = True
    ) -> list[int]:
        """Remove the parts that the features of these stages do not need.

        Args:
            indices: stages whose features are kept; an int for the last n.
            prune_norm: drop the classifier's norm too.
            prune_head: drop the classifier too.

        Returns:
            The stages kept, as non-negative indices.
        """
        take_indices, max_index = feature_take_indices(len(self.stages), indices)
        shortened = max_index < self.num_stages - 1
        self.stages = self.stages[: max_index + 1]
        norms = self.stage_norms[: max_index + 1]
        self.stage_norms = nn.ModuleList(
            norm if i in take_indices else nn.Identity() for i, norm in enumerate(norms)
        )
        if prune_norm or shortened:
            self.norm = nn.Identity()
        elif isinstance(self.norm, nn.LayerNorm):  # it replaces the last stage norm
            self.stage_norms[-1] = nn.Identity()
        if shortened:
            self.num_features = self.head_hidden_size = self.feature_info[max_index]["num_chs"]
        if prune_head or shortened:
            self.reset_classifier(0, "")
        return take_indices

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to the normalized last features `(B, H/32, W/32, C)`."""
        check_size(x)
        if self.img_size is not None:
            check_image_size(x, self.img_size[0], self.img_size[1])
        x = self.stem(x.permute(0, 2, 3, 1))
        return self.norm(self.stages(x))

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Pool `(B, H, W, C)` and classify it; `pre_logits` stops before the classifier."""
        return self.head(x, pre_logits=True) if pre_logits else self.head(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to logits `(B, num_classes)`."""
        return self.forward_head(self.forward_features(x))


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
