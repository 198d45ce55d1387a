"""What a model costs and gives, and which models there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from cyclemlp.bundle.input_size import check_size
from cyclemlp.console.ranges import at_least
from cyclemlp.console.tables import table
from cyclemlp.models.zoo import ZOO, ZooEntry
from cyclemlp.tasks.common.backbones import create_network


@dataclass(frozen=True)
class FeatureLevel:
    """One level of a feature pyramid.

    Attributes:
        channels: of the feature map.
        stride: input pixels a position.
        size: (height, width) in positions.
    """

    channels: int
    stride: int
    size: tuple[int, int]


@dataclass(frozen=True)
class ModelInfo:
    """A model's cost and features at one input size.

    Attributes:
        model: timm's name.
        image_size: side of the input, in pixels.
        parameters: trainable parameters, classifier included.
        gmacs: 10⁹ multiply-accumulates for one image, in matrix products and convolutions.
        activations_m: 10⁶ elements in the outputs of these.
        pyramid: feature maps from fine to coarse; empty where the model has none.
    """

    model: str
    image_size: int
    parameters: int
    gmacs: float
    activations_m: float
    pyramid: tuple[FeatureLevel, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return asdict(self)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield f"{self.model} at {self.image_size} × {self.image_size}"
        yield f"  parameters   {self.parameters / 1e6:.3f} M"
        yield f"  GMACs        {self.gmacs:.3f}"
        yield f"  activations  {self.activations_m:.2f} M"
        if not self.pyramid:
            yield "  no feature pyramid"
            return
        rows = [
            (f"{f.channels}", f"{f.stride}", f"{f.size[0]} × {f.size[1]}") for f in self.pyramid
        ]
        yield table(("channels", "stride", "size"), rows)


@dataclass(frozen=True)
class Zoo:
    """This library's models and what was published of them."""

    entries: tuple[ZooEntry, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return {"models": [asdict(entry) for entry in self.entries]}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        rows = [
            (e.name, f"{e.params_m:.1f}", f"{e.gmacs_224:.2f}", _percent(e.top1), e.source, e.note)
            for e in self.entries
        ]
        columns = ("model", "params M", "GMACs at 224", "ImageNet top-1 %", "source", "note")
        yield table(columns, rows)


def info(model: str, image_size: int = 224) -> ModelInfo:
    """Tell a model's parameters, GMACs, activations and feature pyramid.

    Counted are the operations of one forward pass of one image, in evaluation, as they run:
    matrix products, convolutions, attention and Cycle FC; not norms, activations or additions.

    Args:
        model: any timm model's name, or a bundle's or training run's folder.
        image_size: side of the square input, in pixels.

    Returns:
        The figures.

    Raises:
        ValueError: there is no such model, or it does not take this size.
    """
    at_least(1, image_size=image_size)
    network, architecture, model_args = _network(model)
    image = torch.zeros(1, 3, image_size, image_size)
    check_size(network, (image_size, image_size))
    macs, activations = _count(network, image)
    return ModelInfo(
        model=model,
        image_size=image_size,
        parameters=sum(p.numel() for p in network.parameters() if p.requires_grad),
        gmacs=macs / 1e9,
        activations_m=activations / 1e6,
        pyramid=_pyramid(architecture, model_args, image),
    )


def models() -> Zoo:
    """List this library's models with published accuracies and their sources.

    Returns:
        The models.
    """
    return Zoo(tuple(ZOO.values()))


def _network(model: str) -> tuple[nn.Module, str, dict[str, Any]]:
    if not Path(model).is_dir():
        return create_network(model).eval(), model, {}
    from cyclemlp.bundle import Bundle

    bundle = Bundle.from_pretrained(model)
    return bundle.network, bundle.config.architecture, bundle.config.model_args


def _count(network: nn.Module, image: Tensor) -> tuple[int, int]:
    """Multiply-accumulates and output elements of all counted operations."""
    macs = FlopCounterMode(display=False)
    elements = dict.fromkeys(flop_registry, _output_elements)
    activations = FlopCounterMode(display=False, custom_mapping=elements)
    for counter in (macs, activations):
        with torch.inference_mode(), counter:
            network(image)
    return macs.get_total_flops() // 2, activations.get_total_flops()


def _output_elements(*shapes: Any, out_shape: Any = None, **_: Any) -> int:
    # Attention returns its output first, then what its gradient needs.
    return prod(out_shape if isinstance(out_shape, torch.Size) else out_shape[0])


def _pyramid(
    architecture: str, model_args: dict[str, Any], image: Tensor
) -> tuple[FeatureLevel, ...]:
    try:
        network = create_network(architecture, features_only=True, **model_args).eval()
    except (RuntimeError, ValueError, AttributeError):  # timm's ways to say it has no features
        return ()
    with torch.inference_mode():
        maps = network(image)
    reductions = network.feature_info.reduction()  # type: ignore[union-attr]
    channels = network.feature_info.channels()  # type: ignore[union-attr]
    return tuple(
        FeatureLevel(c, r, _spatial(tuple(m.shape[1:]), c))
        for c, r, m in zip(channels, reductions, maps, strict=True)
    )


def _spatial(shape: tuple[int, ...], channels: int) -> tuple[int, int]:
    """(height, width) of a map that is channels-first or channels-last."""
    height, width = shape[1:] if shape[0] == channels else shape[:-1]
    return height, width


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
