"""Weights of one task into the network of another: what fits, what is new, what is left over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from cyclemlp.models.cyclemlp import CycleMLP
from cyclemlp.models.weights.released import (
    LoadReport,
    StateDict,
    check_offsets,
    is_released,
    read_state_dict,
    rename_released,
)

_GETTER = "model."  # timm wraps some backbones, and their names, in a module of this name
_NEW = "stage_norms."  # a norm a stage: dense use has them, no classification file does


def load_parts(network: nn.Module, backbone: nn.Module, path: str | Path) -> LoadReport:
    """Load a weight file into a network of several parts, to start training from.

    A file of the same kind of network fills all of it; outputs for another number of classes stay
    as initialised. A classifier's fills the backbone, all of it but per-stage norms; another task's
    fills these too.

    Args:
        network: the whole.
        backbone: timm's feature network in it.
        path: safetensors, or a torch file of plain tensors.

    Returns:
        What was loaded and what was not.

    Raises:
        FileNotFoundError: no such file.
        ValueError: an unreadable file, or weights that do not fit, all listed.
    """
    state_dict = read_state_dict(path)
    report = LoadReport(Path(path))
    if state_dict.keys() == network.state_dict().keys():
        problems = _load_whole(network, state_dict, report)
    else:
        problems = _load_backbone(backbone, state_dict, report)
    if problems:
        raise ValueError(
            f"{path} does not fit {type(network).__name__}; {len(problems)} weights differ: "
            f"{'; '.join(problems)}. Build the network it was saved from (--model, --model-args, "
            "--task-args), or give another file"
        )
    return report


def _load_whole(network: nn.Module, state_dict: StateDict, report: LoadReport) -> list[str]:
    fitting, problems = {}, []
    for name, tensor in network.state_dict().items():
        found = state_dict[name]
        if found.shape == tensor.shape:
            fitting[name] = found
        elif found.shape[1:] == tensor.shape[1:]:
            what = f"{len(tensor)} outputs here, {len(found)} in the file: starts afresh"
            report.adapted[name] = what
        else:
            problems.append(f"{name} is {tuple(found.shape)}, the network's {tuple(tensor.shape)}")
    if not problems:
        network.load_state_dict(fitting, strict=False)
        report.loaded += list(fitting)
    return problems


def _load_backbone(backbone: nn.Module, state_dict: StateDict, report: LoadReport) -> list[str]:
    model: Any = getattr(backbone, "model", backbone)
    if isinstance(model, CycleMLP):
        state_dict = rename_released(state_dict) if is_released(state_dict) else state_dict
        offsets = {n: state_dict.pop(n) for n in list(state_dict) if n.endswith(".offset")}
        check_offsets(offsets, model)
    place = _place_in(state_dict, backbone)
    named = {
        _normalised(name.removeprefix(place)): (name, tensor)
        for name, tensor in state_dict.items()
        if name.startswith(place)
    }
    report.unexpected += [name for name in state_dict if not name.startswith(place)]
    fitting, problems = {}, []
    for name, tensor in backbone.state_dict().items():
        source, found = named.pop(_normalised(name), (name, None))
        if found is None and name.removeprefix(_GETTER).startswith(_NEW):
            report.missing.append(name)
        elif found is None:
            problems.append(f"missing {name}")
        elif found.shape != tensor.shape and found.squeeze().shape != tensor.squeeze().shape:
            problems.append(f"{source} is {tuple(found.shape)}, {name} {tuple(tensor.shape)}")
        else:
            fitting[name] = found.reshape(tensor.shape)
    for source, _ in named.values():
        if _belongs(source.removeprefix(place), backbone):
            problems.append(f"unexpected {source}")
        else:
            report.unexpected.append(source)
    if not problems:
        backbone.load_state_dict(fitting, strict=False)
        report.loaded += list(fitting)
    return problems


def _place_in(state_dict: StateDict, backbone: nn.Module) -> str:
    """What stands before the backbone's names in a file: nothing, or another network's place."""
    first = _normalised(next(iter(backbone.state_dict())))
    for name in state_dict:
        parts = name.split(".")
        for cut in range(len(parts)):
            if _normalised(".".join(parts[cut:])) == first:
                return "".join(f"{part}." for part in parts[:cut])
    return ""


def _normalised(name: str) -> str:
    """One name for ``stages.0`` of a classifier and ``stages_0`` of timm's flattened features."""
    return name.removeprefix(_GETTER).replace(".", "_")


def _belongs(source: str, backbone: nn.Module) -> bool:
    """Whether a weight of a file is of a part that the backbone has: then it must not be left over.

    A deeper variant's blocks would be; a classifier's head and norm are not.
    """
    part = source.partition(".")[0]
    parts = {name.removeprefix(_GETTER).partition(".")[0] for name in backbone.state_dict()}
    return part in parts or any(p.rpartition("_")[0] == part and p[-1].isdigit() for p in parts)
