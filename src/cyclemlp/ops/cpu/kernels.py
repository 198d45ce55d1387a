"""The kernels as functions of tensors."""

from cyclemlp.ops.cpu.axial import AxialLayers, AxialMixer
from cyclemlp.ops.cpu.calling import Linear, Norm
from cyclemlp.ops.cpu.feed_forward import (
    PackedFeedForward,
    add_feed_forward_,
    pack_feed_forward,
)
from cyclemlp.ops.cpu.mixer import PackedMixer, folding_pays, mixer, pack_mixer
from cyclemlp.ops.cpu.mixer_layers import MixerLayers, MixerTensors
from cyclemlp.ops.cpu.moving import cycle_fc, gather_, shift

__all__ = [
    "AxialLayers",
    "AxialMixer",
    "Linear",
    "MixerLayers",
    "MixerTensors",
    "Norm",
    "PackedFeedForward",
    "PackedMixer",
    "add_feed_forward_",
    "cycle_fc",
    "folding_pays",
    "gather_",
    "mixer",
    "pack_feed_forward",
    "pack_mixer",
    "shift",
]
