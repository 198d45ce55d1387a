"""Weights of one task into the network of another task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from cyclemlp.models.cyclemlp import CycleMLP
from cyclemlp.models.weights.reading import StateDict, read_state_dict
from cyclemlp.models.weights.released import (
    check_offsets,
    is_released,
    rename_released,
    take_offsets,
)
from cyclemlp.models.weights.report import LoadReport

_GETTER = "model."  # timm wraps some backbones in a module of this name
_NEW = "stage_norms."  # dense networks have a norm for each stage, classifiers do not


def load_parts(network: nn.Module, backbone: nn.Module, path: str | Path) -> LoadReport:
    """Load a weight file into a network of several parts, to start training from it.

    A file of the same kind of network fills all parts; outputs for another number of classes keep
    their initial values. A classifier's file fills the backbone except its norms of stages; a file
    of another dense task fills these too.

    Args:
        network: the whole network.
        backbone: timm's feature network in it.
        path: safetensors, or a torch file of plain tensors.

    Returns:
        What was loaded and what was not.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file cannot be read, or weights do not fit; the message lists all of them.
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
            what = f"{len(tensor)} outputs here, {len(found)} in the file: not loaded"
            report.adapted[name] = what
        else:
            problems.append(f"{name} is {tuple(found.shape)}, the network's {tuple(tensor.shape)}")
    if not problems:
        network.load_state_dict(fitting, strict=False)
        report.loaded += list(fitting)
    return problems


def _load_backbone(backbone: nn.Module, state_dict: StateDict, report: LoadReport) -> list[str]:
    state_dict = _converted(state_dict, getattr(backbone, "model", backbone))
    prefix = _prefix_of(state_dict, backbone)
    named = {
        _normalised(name.removeprefix(prefix)): (name, tensor)
        for name, tensor in state_dict.items()
        if name.startswith(prefix)
    }
    report.unexpected += [name for name in state_dict if not name.startswith(prefix)]
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
        if _is_of(source.removeprefix(prefix), backbone):
            problems.append(f"unexpected {source}")
        else:
            report.unexpected.append(source)
    if not problems:
        backbone.load_state_dict(fitting, strict=False)
        report.loaded += list(fitting)
    return problems


def _converted(state_dict: StateDict, backbone: Any) -> StateDict:
    """Rename released weights of a CycleMLP, and check their offsets."""
    if not isinstance(backbone, CycleMLP):
        return state_dict
    state_dict = rename_released(state_dict) if is_released(state_dict) else state_dict
    check_offsets(take_offsets(state_dict), backbone)
    return state_dict


def _prefix_of(state_dict: StateDict, backbone: nn.Module) -> str:
    """Return what precedes the backbone's names in a file, e.g. `encoder.`, or an empty string."""
    first = _normalised(next(iter(backbone.state_dict())))
    for name in state_dict:
        parts = name.split(".")
        for cut in range(len(parts)):
            if _normalised(".".join(parts[cut:])) == first:
                return "".join(f"{part}." for part in parts[:cut])
    return ""


def _normalised(name: str) -> str:
    """Return one name for `stages.0` of a classifier and `stages_0` of timm's flat features."""
    return name.removeprefix(_GETTER).replace(".", "_")


def _is_of(name: str, backbone: nn.Module) -> bool:
    """Return whether a weight is of a part that the backbone has, so that it must not be left over.

    True for a deeper variant's blocks, False for a classifier's head and norm.
    """
    part = name.partition(".")[0]
    parts = {name.removeprefix(_GETTER).partition(".")[0] for name in backbone.state_dict()}
    return part in parts or any(p.rpartition("_")[0] == part and p[-1].isdigit() for p in parts)
