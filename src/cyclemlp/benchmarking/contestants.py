"""What is compared: our network, the same with other operators, and networks of timm's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from timm.layers import Mlp
from torch import nn
from torchvision.ops import deform_conv2d

from cyclemlp.models.layers import CycleFC
from cyclemlp.models.zoo import ZOO
from cyclemlp.ops.offsets import cycle_offsets
from cyclemlp.tasks.networks import create_network

# Published ImageNet-1K top-1 accuracies in percent at 224 x 224, trained on ImageNet-1K alone.
_TOP1 = {
    "swin_tiny_patch4_window7_224": 81.3,  # Liu et al., ICCV 2021
    "convnext_tiny": 82.1,  # Liu et al., CVPR 2022
    "pvt_v2_b2": 82.0,  # Wang et al., CVMJ 2022
    "resnet50": 76.1,  # torchvision's first weights
    "mixer_b16_224": 76.4,  # Tolstikhin et al., NeurIPS 2021
    "resmlp_24_224": 79.4,  # Touvron et al., TPAMI 2022
    "gmlp_s16_224": 79.6,  # Liu et al., NeurIPS 2021
}


@dataclass(frozen=True)
class Contestant:
    """One network of a comparison.

    Attributes:
        name: in tables.
        kind: `"ours"`, `"deformable"`, `"twin"` or `"timm"`.
        network: in float32 and evaluation mode.
        ratio_to: the contestant of ours it is set against.
        top1: published accuracy of its weights, in percent.
    """

    name: str
    kind: str
    network: nn.Module
    ratio_to: str
    top1: float | None


class DeformableFC(nn.Module):
    """The operator as the authors call it: a deformable 1×1 convolution with constant offsets.

    Args:
        layer: the `CycleFC` whose parameters it shares.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias
        offsets = cycle_offsets(layer.in_features, layer.stepsize, layer.phase)
        self.register_buffer("offset", offsets.flatten()[None, :, None, None].to(self.weight))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, H, W, C)` to `(B, H, W, C_out)`."""
        # the buffer is cast along with the weights; offsets are small integers, exact in any dtype
        offset = self.get_buffer("offset").expand(len(x), -1, *x.shape[1:3])
        weight = self.weight[:, :, None, None]
        return deform_conv2d(x.permute(0, 3, 1, 2), offset, weight, self.bias).permute(0, 2, 3, 1)


def channel_fc(layer: Any) -> nn.Linear:
    """The channel FC with the same weights: the same arithmetic, nothing moves."""
    linear = nn.Linear(layer.in_features, layer.out_features, device="meta")
    linear.weight, linear.bias = layer.weight, layer.bias
    return linear


def with_operator(network: nn.Module, replace: Callable[[Any], nn.Module]) -> nn.Module:
    """A copy of a network with every Cycle FC replaced."""
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, CycleFC):
                setattr(parent, name, replace(child))
    return network


def layer_by_layer(network: nn.Module) -> nn.Module:
    """Keep a network of ours off its fused MLPs: the authors' calls its layers one by one."""
    for module in network.modules():
        if isinstance(module, Mlp):
            module.act = nn.Sequential(module.act)  # the fused path knows no activation but GELU
    return network


def contestants(
    ours: list[str], others: list[str], image_size: tuple[int, int]
) -> list[Contestant]:
    """Our networks, each with its deformable version and its twin, then timm's.

    Networks of timm's that are built for one image size are built for this one where they can be.

    Args:
        ours: names of this library's models.
        others: names of timm's models, set against the last of ours.
        image_size: (height, width) in pixels.
    """
    entries = []
    for name in ours:
        network = sensitive(create_network(name).eval())
        variants = {
            "ours": network,
            "deformable": layer_by_layer(with_operator(network, DeformableFC)),
            "twin": with_operator(network, channel_fc),
        }
        for kind, variant in variants.items():
            label = name if kind == "ours" else f"{name} {kind}"
            top1 = ZOO[name].top1 if kind != "twin" else None
            entries.append(Contestant(label, kind, variant, name, top1))
    for name in others:
        network = _of_size(name, image_size).eval()
        entries.append(Contestant(name, "timm", network, ours[-1], _TOP1.get(name)))
    return entries


def sensitive(network: nn.Module) -> nn.Module:
    """Fill matrices with values at which every layer shows in the result; fresh ones are near 0."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            scale = parameter[0].numel() ** -0.5
            values = torch.randn(parameter.shape, generator=generator) * scale
            parameter.data.copy_(values)
    return network


def _of_size(name: str, image_size: tuple[int, int]) -> nn.Module:
    if image_size == (224, 224):
        return create_network(name)
    arguments: dict[str, Any] = {"img_size": image_size}
    try:
        return create_network(name, **arguments)
    except Exception:  # convolutional, or impossible at this size: running it will tell
        return create_network(name)
