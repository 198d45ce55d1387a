"""Whether the names and shapes of a state dict are those of a network."""

from __future__ import annotations

import torch

from cyclemlp.models.weights.reading import StateDict


def differences(state_dict: StateDict, own: StateDict, adaptable: tuple[str, ...]) -> list[str]:
    """Describe every weight that is missing, unexpected or of another shape.

    Args:
        state_dict: of a file.
        own: of the network.
        adaptable: prefixes of names that may differ.

    Returns:
        One phrase for each difference.
    """
    problems = []
    for name in (*own, *(name for name in state_dict if name not in own)):
        if adaptable and name.startswith(adaptable):
            continue
        if name not in state_dict:
            problems.append(f"missing {name}")
        elif name not in own:
            problems.append(f"unexpected {name}")
        elif own_shape(name, state_dict[name], own) != own[name].shape:
            found, wanted = tuple(state_dict[name].shape), tuple(own[name].shape)
            problems.append(f"{name} is {found}, the model's {wanted}")
    return problems


def own_shape(name: str, tensor: torch.Tensor, own: StateDict) -> torch.Size:
    """Return the shape of a tensor, with a 1×1 kernel `(C_out, C, 1, 1)` as a matrix.

    The released Cycle FC stores its weight as such a kernel.
    """
    if name in own and own[name].ndim == 2 and tensor.shape[2:] == (1, 1):
        return tensor.shape[:2]
    return tensor.shape


def misfit_message(model: str, problems: list[str]) -> str:
    """Return the error message for weights that do not fit a model."""
    return (
        f"the weights must have this {model}'s names and shapes; {len(problems)} differ: "
        f"{'; '.join(problems)}. Create the model the file was saved from (variant, stepsize, "
        "fusion, downsampling), or pass another file."
    )
