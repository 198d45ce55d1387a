"""The segmentation network: a timm backbone, a decoder, and logits of the image's own size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cyclemlp.tasks.common.backbones import any_size_args, check_pyramid, needs

_STRIDE = 32
# What the recipes of the two first-class decoders set and the library's defaults do not.
_DECODER_DEFAULTS: dict[str, dict[str, Any]] = {
    "fpn": {"decoder_dropout": 0.1},
    "pan": {"encoder_output_stride": _STRIDE},  # its default wants a dilated backbone
}
_PYRAMID = 6  # the image and five halvings: features[-2] is of stride 16
_AUXILIARY_CHANNELS = 256
_AUXILIARY_DROPOUT = 0.1


class Segmenter(nn.Module):
    """A decoder of segmentation_models_pytorch over a timm backbone, for images of any size.

    Images are padded at the right and below to a multiple of the coarsest stride, and the logits
    cropped, so that these have the image's size.

    Args:
        model: timm's name of the backbone.
        classes: number of outputs.
        decoder: ``"fpn"`` (Semantic FPN: Kirillov et al., CVPR 2019), ``"upernet"`` (Xiao et al.,
            ECCV 2018), or another architecture of segmentation_models_pytorch by its name.
        decoder_args: constructor arguments of the decoder.
        auxiliary: whether a fully convolutional head on stride 16 learns along, as in UPerNet's
            recipes; it takes no part in predictions.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Shape:
        ``(B, 3, H, W)`` to logits ``(B, classes, H, W)``, any H and W; while training with an
        auxiliary head a pair of such logits.

    Raises:
        ValueError: no such decoder or backbone, or arguments they refuse.
        ModuleNotFoundError: segmentation_models_pytorch is missing.
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
        self.network = _smp(
            decoder,
            encoder_name=f"tu-{model}",
            encoder_weights=True if pretrained else None,
            classes=classes,
            **_DECODER_DEFAULTS.get(decoder, {}) | dict(decoder_args or {}),
            **any_size_args(model) | dict(model_args or {}),
        )
        _align(self.network)
        self.auxiliary: nn.Module | None = None
        if auxiliary:
            widths = self.network.encoder.out_channels
            if len(widths) != _PYRAMID:
                raise ValueError(
                    f"an auxiliary head learns on stride 16, which decoder {decoder!r} does not "
                    "take from the backbone; leave auxiliary out of --task-args"
                )
            self.auxiliary = _fcn(widths[-2], classes)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """``(B, 3, H, W)`` to logits of the same height and width."""
        size = images.shape[-2:]
        padded = F.pad(images, (0, -size[1] % _STRIDE, 0, -size[0] % _STRIDE))
        if self.auxiliary is None or not self.training:
            return _cropped(self.network(padded), size)
        network: Any = self.network
        features = network.encoder(padded)
        beside = self.auxiliary(features[-2])
        logits = network.segmentation_head(network.decoder(features))
        beside = F.interpolate(beside, padded.shape[-2:], mode="bilinear")
        return _cropped(logits, size), _cropped(beside, size)


def _smp(decoder: str, **arguments: Any) -> Any:
    """Build a network of segmentation_models_pytorch, with errors a user can act on."""
    with needs("segmentation_models_pytorch"):
        import segmentation_models_pytorch as smp
    known = smp.MODEL_ARCHITECTURES_MAPPING
    if decoder not in known:
        raise ValueError(f"there is no decoder {decoder!r}; the decoders are: {', '.join(known)}")
    try:
        return smp.create_model(decoder, **arguments)
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        model = arguments["encoder_name"].removeprefix("tu-")
        raise ValueError(
            f"decoder {decoder!r} cannot be built over {model!r}: {error}; change --model, "
            "--model-args, or decoder and decoder_args in --task-args"
        ) from error


def _align(network: Any) -> None:
    """Let pixels keep their places when the decoder's maps are enlarged.

    segmentation_models_pytorch enlarges with the corners aligned in its heads and in Semantic FPN:
    a map of 32 cells is then off by up to 1.4 pixels of the image, each map size otherwise. The
    published networks keep pixel centres (``align_corners=False``).
    """
    for module in network.modules():
        if type(module).__name__ == "Conv3x3GNReLU" and module.upsample:
            module.upsample = False
            module.block.append(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))
        elif isinstance(module, nn.Upsample) and module.align_corners:
            module.align_corners = False


def _fcn(channels: int, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, _AUXILIARY_CHANNELS, 3, padding=1, bias=False),
        nn.BatchNorm2d(_AUXILIARY_CHANNELS),
        nn.ReLU(inplace=True),
        nn.Dropout2d(_AUXILIARY_DROPOUT),
        nn.Conv2d(_AUXILIARY_CHANNELS, classes, 1),
    )


def _cropped(logits: Tensor, size: torch.Size) -> Tensor:
    return logits[..., : size[0], : size[1]]
