"""The released network written a second time, plainly, to compare ours with at any size.

Functional, straight from a released file's names, on torchvision's `deform_conv2d`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torchvision.ops import deform_conv2d

Weights = dict[str, torch.Tensor]


def features(w: Weights, images: torch.Tensor) -> list[torch.Tensor]:
    """The four stages' outputs, NCHW."""
    x = F.conv2d(images, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], 4, 2)
    stages = []
    for stage in range(4):
        if stage:
            step = f"network.{2 * stage - 1}.proj"
            x = F.conv2d(x, w[f"{step}.weight"], w[f"{step}.bias"], 2, 1)
        block = 0
        while f"network.{2 * stage}.{block}.norm1.weight" in w:
            x = _block(w, f"network.{2 * stage}.{block}.", x)
            block += 1
        stages.append(x)
    return stages


def logits(w: Weights, images: torch.Tensor) -> torch.Tensor:
    x = _norm(w, "norm", features(w, images)[-1])
    return _linear(w, "head", x.mean((2, 3)))


def _block(w: Weights, prefix: str, x: torch.Tensor) -> torch.Tensor:
    x = x + _mix(w, prefix + "attn.", _norm(w, prefix + "norm1", x))
    y = _norm(w, prefix + "norm2", x).movedim(1, -1)
    y = _linear(w, prefix + "mlp.fc2", F.gelu(_linear(w, prefix + "mlp.fc1", y)))
    return x + y.movedim(-1, 1)


def _mix(w: Weights, prefix: str, x: torch.Tensor) -> torch.Tensor:
    h, v = (_cycle_fc(w, prefix + name, x) for name in ("sfc_h", "sfc_w"))
    c = F.conv2d(x, w[prefix + "mlp_c.weight"][:, :, None, None])
    a = F.gelu(_linear(w, prefix + "reweight.fc1", (h + v + c).mean((2, 3))))
    a = _linear(w, prefix + "reweight.fc2", a).reshape(len(x), -1, 3).softmax(2)[..., None, None]
    y = h * a[:, :, 0] + v * a[:, :, 1] + c * a[:, :, 2]
    return _linear(w, prefix + "proj", y.movedim(1, -1)).movedim(-1, 1)


def _cycle_fc(w: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    offset = w[f"{name}.offset"].to(x.dtype).expand(len(x), -1, *x.shape[2:])
    return deform_conv2d(x, offset, w[f"{name}.weight"], w[f"{name}.bias"])


def _norm(w: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    y = F.layer_norm(x.movedim(1, -1), x.shape[1:2], w[f"{name}.weight"], w[f"{name}.bias"])
    return y.movedim(-1, 1)


def _linear(w: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])
