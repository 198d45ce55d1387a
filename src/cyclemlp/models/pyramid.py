"""The interface of timm's backbones, for networks of stages with channels-last features."""

# No `from __future__ import annotations`: a traced graph copies forward's annotations, and
# TorchScript cannot read them back as strings.

from collections.abc import Sequence

import torch
from timm.models import register_notrace_function
from timm.models._features import feature_take_indices
from torch import nn


@register_notrace_function  # sizes are numbers only outside symbolic tracing
def check_size(x: torch.Tensor, network: str = "CycleMLP") -> None:
    """Raise ValueError if an image batch `(B, in_chans, H, W)` is smaller than 32×32."""
    height, width = x.shape[2], x.shape[3]
    if height < 32 or width < 32:  # TorchScript reads no constant of a module
        raise ValueError(
            f"{network} takes images of at least 32x32 pixels, the stride of its last stage; "
            f"received {height}x{width}. Resize or pad the image."
        )


class Pyramid(nn.Module):
    """A network of a stem, stages, `norm` and a classifier, with the methods of timm's backbones.

    A subclass creates the stem and the stages, and defines `embed`, `stage`, `forward_features`,
    `forward_head` and `forward`. Its module imports `check_size`: FX leaves a function untraced
    only if it is a global of the module that defines `forward`.

    Args:
        dims: channels of the stages.
        module: path of a stage's features; `{}` stands for the stage.
        num_classes: 0 for no classifier.
        in_chans: input channels.
        global_pool: timm's pool type; `""` keeps positions.
    """

    STAGES = "stages"
    """The attribute that holds the stages, an `nn.Sequential`."""

    def __init__(
        self, dims: Sequence[int], module: str, num_classes: int, in_chans: int, global_pool: str
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.in_chans = in_chans
        self.global_pool = global_pool
        self.output_fmt = "NHWC"
        self.num_features = dims[-1]
        self.num_stages = len(dims)  # before pruning
        self.feature_info = [
            {"num_chs": dim, "reduction": 4 * 2**i, "module": module.format(i)}
            for i, dim in enumerate(dims)
        ]

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Map images `(B, in_chans, H, W)` to the input `(B, H', W', C)` of the first stage."""
        raise NotImplementedError

    def stage(self, index: int, x: torch.Tensor) -> torch.Tensor:
        """Map the features of the previous stage, or of `embed`, to those of a stage."""
        raise NotImplementedError

    def shown(self, index: int, x: torch.Tensor) -> torch.Tensor:
        """Map the features of a stage to those that `forward_intermediates` returns."""
        return x

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """Replace the classifier by a new one, with the device and dtype of the parameters.

        Args:
            num_classes: 0 removes it.
            global_pool: timm's pool type; None keeps the current one.
        """
        raise NotImplementedError

    def no_weight_decay(self) -> set[str]:
        """Return names of parameters without weight decay beyond timm's rule for vectors: none."""
        return set()

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Recompute blocks in the backward pass: less memory, about a third more time."""
        for one in getattr(self, self.STAGES):
            one.grad_checkpointing = enable

    def forward_intermediates(
        self,
        x: torch.Tensor,
        indices: int | list[int] | None = None,
        norm: bool = False,
        stop_early: bool = False,
        output_fmt: str = "NCHW",
        intermediates_only: bool = False,
    ) -> list[torch.Tensor] | tuple[torch.Tensor, list[torch.Tensor]]:
        """Compute the features of stages.

        Args:
            x: `(B, in_chans, H, W)`.
            indices: stages to return; an int for the last n, None for all.
            norm: apply the classifier's norm to the features of the last stage.
            stop_early: skip stages after the last index.
            output_fmt: `"NCHW"` or `"NHWC"`.
            intermediates_only: return only the list.

        Returns:
            The list of features after each stage, as `shown` gives them, or the pair of the result
            of `forward_features` and that list.
        """
        assert output_fmt in ("NCHW", "NHWC"), "output_fmt must be NCHW or NHWC"
        count, last = len(getattr(self, self.STAGES)), self.num_stages - 1
        take_indices, max_index = feature_take_indices(count, indices)
        x = self.embed(x)
        intermediates: list[torch.Tensor] = []
        for i in range(max_index + 1 if stop_early else count):
            x = self.stage(i, x)
            if i in take_indices:
                feature = self.get_submodule("norm")(x) if norm and i == last else self.shown(i, x)
                if output_fmt == "NCHW":
                    feature = feature.permute(0, 3, 1, 2)
                    feature = feature.clone(memory_format=torch.contiguous_format)
                intermediates.append(feature)
        if intermediates_only:
            return intermediates
        if max_index == last or not stop_early:
            x = self.get_submodule("norm")(x)
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
        stages = getattr(self, self.STAGES)
        take_indices, max_index = feature_take_indices(len(stages), indices)
        shortened = max_index < self.num_stages - 1
        setattr(self, self.STAGES, stages[: max_index + 1])
        if prune_norm or shortened:
            self.norm = nn.Identity()
        if shortened:
            self.num_features = self.feature_info[max_index]["num_chs"]
        if prune_head or shortened:
            self.reset_classifier(0, "")
        return take_indices

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, in_chans, H, W)` to the normalized last features `(B, H/32, W/32, C)`."""
        raise NotImplementedError

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Pool `(B, H, W, C)` and classify it; `pre_logits` stops before the classifier."""
        raise NotImplementedError
