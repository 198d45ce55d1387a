"""The segmentation network: a timm backbone, a decoder, and logits of the image's size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cyclemlp.tasks.common.pyramids import any_size_args, check_pyramid
from cyclemlp.tasks.segmentation.decoders import STRIDE, create_decoder

_PYRAMID = 6  # the image and five halvings: features[-2] has stride 16
_AUXILIARY_CHANNELS = 256
_AUXILIARY_DROPOUT = 0.1


class Segmenter(nn.Module):
    """A decoder of segmentation_models_pytorch over a timm backbone, for images of any size.

    Images are padded at the right and bottom to a multiple of the coarsest stride, and the logits
    are cropped to the image's size.

    Args:
        model: timm name of the backbone.
        classes: number of outputs.
        decoder: ``"fpn"`` (Semantic FPN: Kirillov et al., CVPR 2019), ``"upernet"`` (Xiao et al.,
            ECCV 2018), or the name of another architecture of segmentation_models_pytorch.
        decoder_args: constructor arguments of the decoder.
        auxiliary: whether a fully convolutional head on the feature map of stride 16 is trained
            too, as in UPerNet's recipes; predictions do not use it.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Shape:
        ``(B, 3, H, W)`` to logits ``(B, classes, H, W)``, any H and W; in training mode with an
        auxiliary head, a pair of such logits.

    Raises:
        ValueError: there is no such decoder or backbone, or it does not take the arguments.
        ModuleNotFoundError: segmentation_models_pytorch is not installed.
    """

    def __init__(
        self,
        model: str,
        classes: int,
        decoder: str = "fpn",
        decoder_args: Mapping[str, Any] | None = None,
        auxiliary: bool = False,
        model_args: Mapping[str, Any] | None = None,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        check_pyramid(model)
        self.num_classes = classes
        arguments = any_size_args(model) | dict(model_args or {})
        self.network = create_decoder(
            decoder, model, classes, decoder_args or {}, arguments, pretrained
        )
        self.auxiliary: nn.Module | None = None
        if auxiliary:
            self.auxiliary = _auxiliary_head(self.network, decoder, classes)

    @property
    def backbone(self) -> nn.Module:
        """The timm feature network."""
        return self.network.encoder.model

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Map images ``(B, 3, H, W)`` to logits of the same height and width."""
        size = images.shape[-2:]
        padded = F.pad(images, (0, -size[1] % STRIDE, 0, -size[0] % STRIDE))
        if self.auxiliary is None or not self.training:
            return _cropped(self.network(padded), size)
        features = self.network.encoder(padded)
        auxiliary = self.auxiliary(features[-2])
        logits = self.network.segmentation_head(self.network.decoder(features))
        auxiliary = F.interpolate(auxiliary, padded.shape[-2:], mode="bilinear")
        return _cropped(logits, size), _cropped(auxiliary, size)


def _auxiliary_head(network: Any, decoder: str, classes: int) -> nn.Sequential:
    widths = network.encoder.out_channels
    if len(widths) != _PYRAMID:
        raise ValueError(
            f"an auxiliary head needs the feature map of stride 16, which decoder {decoder!r} does "
            "not take from the backbone; remove auxiliary from --task-args"
        )
    return nn.Sequential(
        nn.Conv2d(widths[-2], _AUXILIARY_CHANNELS, 3, padding=1, bias=False),
        nn.BatchNorm2d(_AUXILIARY_CHANNELS),
        nn.ReLU(inplace=True),
        nn.Dropout2d(_AUXILIARY_DROPOUT),
        nn.Conv2d(_AUXILIARY_CHANNELS, classes, 1),
    )


def _cropped(logits: Tensor, size: torch.Size) -> Tensor:
    return logits[..., : size[0], : size[1]]
