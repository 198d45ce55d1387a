"""What is compared: our network, the same with other operators, and networks of timm's."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from timm.layers import Mlp
from torch import nn
from torchvision.ops import deform_conv2d

from cyclemlp.models.layers import CycleFC
from cyclemlp.models.zoo import ZOO
from cyclemlp.ops.offsets import cycle_offsets
from cyclemlp.tasks.common.backbones import create_network

_LABELS = {"ours": "", "deformable": " deformable", "twin": " twin", "collapsed": " stepsize 1"}

_PUBLISHED_SIZE = (224, 224)  # of accuracies: those below, and of all our variants
# Published ImageNet-1K top-1 accuracies in percent, trained on ImageNet-1K alone.
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
        kind: `"ours"`, `"deformable"`, `"twin"`, `"collapsed"` or `"timm"`.
        network: in float32 and evaluation mode.
        ratio_to: the contestant of ours it is set against.
        top1: published accuracy of its weights at this image size, in percent.
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
        return self._deformed(x, offset, self.weight, self.bias)

    def _deformed(self, x: torch.Tensor, offset: torch.Tensor, weight: Any, bias: Any) -> Any:
        y = deform_conv2d(x.permute(0, 3, 1, 2), offset, weight[:, :, None, None], bias)
        return y.permute(0, 2, 3, 1)


class DefinitionFC(DeformableFC):
    """The same in low precision too, rounded as a product is: what ours must agree with.

    torchvision's operator has no bfloat16; it computes in float32 and the result is cast.
    """

    def _deformed(self, x: torch.Tensor, offset: torch.Tensor, weight: Any, bias: Any) -> Any:
        bias = None if bias is None else bias.float()
        return super()._deformed(x.float(), offset.float(), weight.float(), bias).to(x.dtype)


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
    """Keep a network of ours off its fused MLPs: the authors' calls its layers one by one.

    Mixers keep off their fused path as soon as an operator of theirs is replaced.
    """
    for module in network.modules():
        if isinstance(module, Mlp):
            module.act = nn.Sequential(module.act)  # the fused path knows no activation but GELU
    return network


def contestants(
    ours: list[str], others: list[str], image_size: tuple[int, int]
) -> list[Contestant]:
    """Our networks, each with three others, then timm's.

    The deformable version is the network as its authors run it. The twin has a channel FC for
    every Cycle FC: the same arithmetic, its mixers layer by layer. That of stepsize 1 is the same
    function as the twin on all paths of ours: its three branches, which look at one position, are
    one matrix, so that it costs what an image costs where nothing moves.

    Networks of timm's that are built for one image size are built for this one where they can be.

    Args:
        ours: names of this library's models.
        others: names of timm's models, set against the last of ours.
        image_size: (height, width) in pixels.
    """
    entries, published = [], image_size == _PUBLISHED_SIZE
    for name in ours:
        network = sensitive(create_network(name).eval())
        variants = {
            "ours": network,
            "deformable": layer_by_layer(with_operator(network, DeformableFC)),
            "twin": with_operator(network, channel_fc),
            "collapsed": _of_stepsize_1(name, network),
        }
        for kind, variant in variants.items():
            top1 = ZOO[name].top1 if kind in ("ours", "deformable") and published else None
            entries.append(Contestant(name + _LABELS[kind], kind, variant, name, top1))
    for name in others:
        network = _with_classifier(_of_size(name, image_size)).eval()
        top1 = _TOP1.get(name) if published else None
        entries.append(Contestant(name, "timm", network, ours[-1], top1))
    return entries


def references(entries: Sequence[Contestant]) -> dict[str, nn.Module]:
    """Contestant's name to the network, computed layer by layer, that it must agree with.

    The definition for ours, the channel FC for both networks in which nothing moves. The others
    are their own: compiled or in bfloat16 they must agree with themselves.

    Args:
        entries: from `contestants`.
    """
    found = {}
    for entry in entries:
        if entry.kind == "ours":
            found[entry.name] = layer_by_layer(with_operator(entry.network, DefinitionFC))
            still = layer_by_layer(with_operator(entry.network, channel_fc))
            found |= dict.fromkeys((entry.name + _LABELS[k] for k in ("twin", "collapsed")), still)
    return found


def _of_stepsize_1(name: str, network: nn.Module) -> nn.Module:
    still = create_network(name, stepsize=1).eval()
    still.load_state_dict(network.state_dict())
    return still


def sensitive(network: nn.Module) -> nn.Module:
    """Draw all parameters such that every one shows in the result; fresh ones are near 0 or 1."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim > 1:
            values *= parameter[0].numel() ** -0.5
        elif name.endswith("bias"):
            values *= 0.5
        else:  # the scale of a norm
            values = 1 + 0.25 * values
        parameter.data.copy_(values)
    return network


def _with_classifier(network: Any) -> nn.Module:
    """Some of timm's start with a classifier of zeros: every result and gradient would be 0."""
    head = network.get_classifier()
    if isinstance(head, nn.Linear):
        nn.init.normal_(head.weight, std=head.in_features**-0.5)
    return network


def _of_size(name: str, image_size: tuple[int, int]) -> nn.Module:
    if image_size == (224, 224):
        return create_network(name)
    arguments: dict[str, Any] = {"img_size": image_size}
    try:
        return create_network(name, **arguments)
    except Exception:  # convolutional, or impossible at this size: running it will tell
        return create_network(name)
