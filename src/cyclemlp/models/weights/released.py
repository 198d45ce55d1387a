"""Weight files into our names, strictly. Every name of the released code lives here only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from timm.models import adapt_input_conv, clean_state_dict
from torch import nn

from cyclemlp.ops.offsets import cycle_offsets

StateDict = dict[str, torch.Tensor]

_LISTED = 16  # names a report lists of a kind

# where training scripts put the weights inside a file; averaged ones first, as timm reads them
_NESTS = ("state_dict_ema", "model_ema", "state_dict", "model")

# the released code names branches by its kernel: `sfc_h` is (1, 3) and moves along the width
_RELEASED_NAMES = (
    (r"^patch_embed\.proj\.", "stem.conv."),
    (r"^(network\.\d+\.\d+\.)attn\.", r"\1mixer."),
    (r"\.mixer\.sfc_h\.", ".mixer.width."),
    (r"\.mixer\.sfc_w\.", ".mixer.height."),
    (r"\.mixer\.mlp_c\.", ".mixer.channel."),
    (r"^head\.(weight|bias)$", r"head.fc.\1"),
)


def read_state_dict(path: str | Path) -> StateDict:
    """Read a weight file: safetensors, or a torch file opened with `weights_only=True`.

    Args:
        path: the file; weights flat or under `state_dict`, `model` or their averaged forms.

    Returns:
        Names to tensors on the CPU.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that is no weight file, or holds more than tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weight file at {path}; check the path")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return unwrap(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # every reader has its own kinds; the file is what the user knows
        raise ValueError(
            f"a weight file must be .safetensors or a torch file of plain tensors; {path} could "
            f"not be read ({_first_line(error)}). Download it again, or save its state_dict alone."
        ) from error


def unwrap(checkpoint: Any) -> StateDict:
    """The state dict inside what a file held, without wrappers' prefixes (`module.`, …)."""
    for nest in _NESTS:
        if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get(nest), Mapping):
            checkpoint = checkpoint[nest]
            break
    if not isinstance(checkpoint, Mapping) or not any(
        isinstance(value, torch.Tensor) for value in checkpoint.values()
    ):
        raise ValueError("it holds no tensors by name")
    return clean_state_dict(dict(checkpoint))


def is_released(state_dict: Mapping[str, Any]) -> bool:
    """Whether the names are those of the authors' code."""
    return any(name.startswith(("patch_embed.", "network.")) for name in state_dict)


def rename_released(state_dict: StateDict) -> StateDict:
    """The authors' names to ours; `offset` buffers stay, for `check_offsets`."""
    return {_rename(name): tensor for name, tensor in state_dict.items()}


def _rename(name: str) -> str:
    for pattern, replacement in _RELEASED_NAMES:
        name = re.sub(pattern, replacement, name)
    # `network` alternates stages (even) and the steps between them (odd)
    step = re.match(r"^network\.(\d+)\.(.*)$", name)
    if step is None:
        return name
    position, rest = int(step[1]), step[2]
    if position % 2 == 0:
        return f"stages.{position // 2}.blocks.{rest}"
    return f"stages.{position // 2 + 1}.downsample.{rest.replace('proj.', 'conv.')}"


def checkpoint_filter_fn(checkpoint: dict[str, Any], model: nn.Module) -> StateDict:
    """Hook for timm: any file of CycleMLP weights to exactly this model's names and shapes.

    Takes the released files and our own, flat or nested. A classifier of another size and a stem
    of other input channels are left to timm, which adapts them; per-stage norms, which no
    classification file holds, keep the model's initial values.

    Raises:
        ValueError: offsets of another stepsize or phase, or missing, unexpected or misshapen
            weights, all listed.
    """
    state_dict = unwrap(checkpoint)
    if is_released(state_dict):
        state_dict = rename_released(state_dict)
    own = model.state_dict()
    offsets = {name: state_dict.pop(name) for name in list(state_dict) if name.endswith(".offset")}
    check_offsets(offsets, model)
    for name, tensor in own.items():
        if name.startswith("stage_norms.") and name not in state_dict:
            state_dict[name] = tensor
    adaptable = ("head.fc.", "stem.conv.weight")
    problems = _differences(state_dict, own, adaptable)
    if problems:
        raise ValueError(_misfit_message(type(model).__name__, problems))
    return {
        name: tensor.reshape(_shape_of(name, tensor, own)) for name, tensor in state_dict.items()
    }


def _shape_of(name: str, tensor: torch.Tensor, own: StateDict) -> torch.Size:
    """The released Cycle FC's weight is a 1×1 kernel, `(C_out, C, 1, 1)`; ours a matrix."""
    if name in own and own[name].ndim == 2 and tensor.shape[2:] == (1, 1):
        return tensor.shape[:2]
    return tensor.shape


def _differences(state_dict: StateDict, own: StateDict, adaptable: tuple[str, ...]) -> list[str]:
    problems = []
    for name in (*own, *(name for name in state_dict if name not in own)):
        if adaptable and name.startswith(adaptable):
            continue
        if name not in state_dict:
            problems.append(f"missing {name}")
        elif name not in own:
            problems.append(f"unexpected {name}")
        elif _shape_of(name, state_dict[name], own) != own[name].shape:
            found, wanted = tuple(state_dict[name].shape), tuple(own[name].shape)
            problems.append(f"{name} is {found}, the model's {wanted}")
    return problems


def _misfit_message(model: str, problems: list[str]) -> str:
    return (
        f"the weights must have this {model}'s names and shapes; {len(problems)} differ: "
        f"{'; '.join(problems)}. Create the model the file was saved from (variant, stepsize, "
        "fusion, downsampling), or pass another file."
    )


def check_offsets(offsets: StateDict, model: nn.Module) -> None:
    """Compare the `offset` buffers of a released file with the model's own offsets.

    A buffer `(1, 2C, 1, 1)` holds, channel by channel, the move down and to the right in pixels.

    Raises:
        ValueError: they differ; the message says with which stepsize and phase to build.
    """
    for name, buffer in offsets.items():
        layer_name = name.removesuffix(".offset")
        try:
            layer = model.get_submodule(layer_name)
        except AttributeError:
            raise ValueError(
                f"the file has a Cycle FC at {layer_name}, where this model has none. Create the "
                "variant the file was saved from."
            ) from None
        saved = buffer.reshape(-1, 2).round().long()
        expected = cycle_offsets(len(saved), layer.stepsize, layer.phase)  # pyright: ignore[reportArgumentType]
        if not torch.equal(saved, expected):
            raise ValueError(_offset_message(layer_name, layer, saved))


def _offset_message(name: str, layer: Any, saved: torch.Tensor) -> str:
    message = (
        f"the file's offsets must be the model's; {name} was saved with another cycle than "
        f"stepsize {max(layer.stepsize)} and phase {layer.phase!r}."
    )
    span = int(saved.max() - saved.min()) + 1
    for phase in ("released", "paper"):
        for stepsize in ((1, span), (span, 1)):
            if torch.equal(saved, cycle_offsets(len(saved), stepsize, phase)):
                return f"{message} Create the model with stepsize={span}, phase={phase!r}."
    return f"{message} Its offsets {saved[:8].tolist()}… follow no stepsize; the file is damaged."


@dataclass
class LoadReport:
    """What `load_weights` did, for people to read: nothing happens silently.

    Attributes:
        path: the file.
        loaded: names taken over unchanged.
        adapted: name to what was done, e.g. a classifier of another size left as initialised.
        missing: names of the network the file has not, left as initialised.
        unexpected: names of the file the network has not, unused.
    """

    path: Path
    loaded: list[str] = field(default_factory=list)
    adapted: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{len(self.loaded)} weights loaded from {self.path}"]
        lines += [f"  adapted {name}: {what}" for name, what in self.adapted.items()]
        lines += _listed("new, not in the file", self.missing)
        lines += _listed("unused, not in the network", self.unexpected)
        return "\n".join(lines)


def _listed(what: str, names: list[str]) -> list[str]:
    """A line a name, of many the first few and how many there are besides."""
    lines = [f"  {what}: {name}" for name in names[:_LISTED]]
    rest = len(names) - _LISTED
    return [*lines, f"  {what}: {rest} more"] if rest > 0 else lines


def load_weights(network: nn.Module, path: str | Path) -> LoadReport:
    """Load a weight file into any timm network to start training from.

    The classifier adapts as in timm: one of another size stays as initialised. So does the first
    convolution, to other input channels. Everything else must match.

    Args:
        network: a timm model, ours or another.
        path: see `read_state_dict`.

    Returns:
        What was loaded and what was not.

    Raises:
        FileNotFoundError: no such file.
        ValueError: an unreadable file, or weights that do not fit, all listed.
    """
    report = LoadReport(Path(path))
    state_dict = read_state_dict(path)
    own = network.state_dict()
    try:
        if any(name.startswith("stages.0.blocks.0.mixer.width") for name in own):
            state_dict = checkpoint_filter_fn(state_dict, network)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    config: dict[str, Any] = getattr(network, "pretrained_cfg", None) or {}
    classifiers = _as_tuple(config.get("classifier"))
    for name in _as_tuple(config.get("first_conv")):
        _adapt_first_conv(f"{name}.weight", state_dict, own, report)
    for name in [f"{layer}.{part}" for layer in classifiers for part in ("weight", "bias")]:
        _adapt_classifier(name, state_dict, own, report)
    problems = _differences(state_dict, own, ())
    problems = [p for p in problems if p.removeprefix("missing ") not in report.adapted]
    if problems:
        raise ValueError(f"{path}: {_misfit_message(type(network).__name__, problems)}")
    network.load_state_dict(state_dict, strict=False)  # what may be missing was checked above
    report.loaded += [name for name in state_dict if name not in report.adapted]
    return report


def _as_tuple(names: Any) -> tuple[str, ...]:
    return () if not names else (names,) if isinstance(names, str) else tuple(names)


def _adapt_classifier(name: str, state_dict: StateDict, own: StateDict, report: LoadReport) -> None:
    if name in own and (name not in state_dict or state_dict[name].shape != own[name].shape):
        found = state_dict.pop(name, None)
        had = "none in the file" if found is None else f"{found.shape[0]} classes in the file"
        report.adapted[name] = f"{own[name].shape[0]} classes here, {had}: starts afresh"
    elif name in state_dict and name not in own:
        del state_dict[name]
        report.unexpected.append(name)


def _adapt_first_conv(name: str, state_dict: StateDict, own: StateDict, report: LoadReport) -> None:
    if name not in state_dict or name not in own or state_dict[name].shape == own[name].shape:
        return
    had, wanted = state_dict[name].shape[1], own[name].shape[1]
    if state_dict[name].shape[2:] == own[name].shape[2:] and had != wanted:
        state_dict[name] = adapt_input_conv(wanted, state_dict[name], base_chans=had)
        report.adapted[name] = f"from {had} to {wanted} input channels, as timm does"


def _first_line(error: BaseException) -> str:
    if isinstance(error, UnpicklingError):  # whose own text offers to unpickle all the same
        return "it holds more than tensors and plain values, or is no torch file"
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
