"""The device to compute on."""

from __future__ import annotations

import torch


def best_device(device: str | None) -> torch.device:
    """`device`, or by default the accelerator where there is one and the CPU elsewhere.

    Raises:
        ValueError: torch cannot compute there.
    """
    if device is None:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return usable_device(device, "--device")


def usable_device(name: str, flag: str) -> torch.device:
    """The device of this name, with its number where torch numbers them.

    Raises:
        ValueError: torch cannot compute there; the message names the flag.
    """
    try:
        number = torch.zeros((), device=name)
        number.item()  # the device "meta" makes tensors, but they have no values
        return number.device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"{flag} {name}: torch cannot compute there ({reason}); leave it out for what there "
            "is, or give cpu"
        ) from error
