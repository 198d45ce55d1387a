"""The verb ``info``: the cost and the features of a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.console.ranges import at_least
from cyclemlp.console.tables import table
from cyclemlp.extras import needed_by
from cyclemlp.runtime.config import is_exported

if TYPE_CHECKING:
    from torch import nn

    from cyclemlp.benchmarking.pyramid import FeatureLevel
    from cyclemlp.ops.cpu.state import KernelState


@dataclass(frozen=True)
class ModelInfo:
    """A model's cost and features at one input size.

    Attributes:
        model: timm's name, or the bundle's folder.
        image_size: side of the input, in pixels.
        parameters: trainable parameters, including the classifier's.
        gmacs: 10⁹ multiply-accumulates for one image, in matrix products and convolutions.
        activations_m: 10⁶ elements in the outputs of these.
        pyramid: feature maps from fine to coarse; empty if the model has none.
        cpu_kernels: the state of the CPU kernels of each dtype.
    """

    model: str
    image_size: int
    parameters: int
    gmacs: float
    activations_m: float
    pyramid: tuple[FeatureLevel, ...]
    cpu_kernels: tuple[KernelState, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return asdict(self)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield f"{self.model} at {self.image_size} × {self.image_size}"
        yield f"  parameters   {self.parameters / 1e6:.3f} M"
        yield f"  GMACs        {self.gmacs:.3f}"
        yield f"  activations  {self.activations_m:.2f} M"
        for number, state in enumerate(self.cpu_kernels):
            yield f"  {'' if number else 'CPU kernels':<11}  {state}"
        if not self.pyramid:
            yield "  no feature pyramid"
            return
        rows = [
            (f"{f.channels}", f"{f.stride}", f"{f.size[0]} × {f.size[1]}") for f in self.pyramid
        ]
        yield table(("channels", "stride", "size"), rows)


def info(model: str, image_size: int = 224) -> ModelInfo:
    """Show a model's parameters, GMACs, activations, feature pyramid and the CPU kernels' state.

    The counts are those of one forward pass of one image, in evaluation: matrix products,
    convolutions, attention and Cycle FC; not norms, activation functions or additions.

    Args:
        model: any timm model's name, or a bundle's or training run's folder.
        image_size: side of the square input, in pixels.

    Returns:
        The figures.

    Raises:
        ValueError: there is no such model, or it does not take this size.
    """
    at_least(1, image_size=image_size)
    folder = find_bundle(model) if Path(model).is_dir() else None
    if folder is not None and is_exported(folder):
        raise ValueError(f"{model} is an exported network; give the bundle that it was made from")
    with needed_by("info"):
        import torch

        from cyclemlp.benchmarking.cost import count_activations, count_macs, count_parameters
        from cyclemlp.benchmarking.pyramid import feature_pyramid
        from cyclemlp.bundle.input_size import check_size
        from cyclemlp.ops.cpu.state import kernel_states
    network, architecture, model_args = _network(model, folder)
    image = torch.zeros(1, 3, image_size, image_size)
    check_size(network, (image_size, image_size))
    return ModelInfo(
        model=model,
        image_size=image_size,
        parameters=count_parameters(network),
        gmacs=count_macs(network, image) / 1e9,
        activations_m=count_activations(network, image) / 1e6,
        pyramid=feature_pyramid(architecture, model_args, image),
        cpu_kernels=kernel_states(),
    )


def _network(model: str, folder: Path | None) -> tuple[nn.Module, str, dict[str, Any]]:
    from cyclemlp.bundle.bundle import Bundle
    from cyclemlp.tasks.common.backbones import create_network

    if folder is None:
        return create_network(model).eval(), model, {}
    bundle = Bundle.from_pretrained(folder)
    return bundle.network, bundle.config.architecture, bundle.config.model_args
