"""Decoders of segmentation_models_pytorch over timm backbones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from cyclemlp.tasks.common.extras import needs

STRIDE = 32
"""Stride of the coarsest feature map."""

# Settings of the published recipes that differ from the library's defaults.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "fpn": {"decoder_dropout": 0.1},
    "pan": {"encoder_output_stride": STRIDE},  # the library's default needs a dilated backbone
}


def create_decoder(
    decoder: str,
    model: str,
    classes: int,
    decoder_args: Mapping[str, Any],
    model_args: Mapping[str, Any],
    pretrained: bool,
) -> Any:
    """Create a segmentation network of segmentation_models_pytorch.

    Args:
        decoder: name of an architecture of the library.
        model: timm name of the backbone.
        classes: number of outputs.
        decoder_args: constructor arguments of the decoder.
        model_args: constructor arguments of the backbone.
        pretrained: whether the backbone starts with timm's weights.

    Raises:
        ValueError: there is no such decoder, or it cannot be built over this backbone.
        ModuleNotFoundError: segmentation_models_pytorch is not installed.
    """
    arguments = dict(model_args)
    network = _create(
        decoder,
        in_channels=arguments.pop("in_chans", 3),
        encoder_name=f"tu-{model}",
        encoder_weights=True if pretrained else None,
        classes=classes,
        **_DEFAULTS.get(decoder, {}) | dict(decoder_args),
        **arguments,
    )
    _align(network)
    return network


def _create(decoder: str, **arguments: Any) -> Any:
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
    """Make every upsampling keep pixel centres (``align_corners=False``), as published networks do.

    segmentation_models_pytorch aligns corners in its heads and in Semantic FPN, which shifts a map
    of 32 cells by up to 1.4 pixels of the image, and maps of other sizes by other amounts.
    """
    for module in network.modules():
        if type(module).__name__ == "Conv3x3GNReLU" and module.upsample:
            module.upsample = False
            module.block.append(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))
        elif isinstance(module, nn.Upsample) and module.align_corners:
            module.align_corners = False
