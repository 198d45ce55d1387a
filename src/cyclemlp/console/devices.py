"""The device that computes."""

from __future__ import annotations

import torch


def best_device(device: str | None) -> torch.device:
    """Return the device of this name, or by default the accelerator, or else the CPU.

    Args:
        device: torch's name of the device; None for the default.

    Raises:
        ValueError: torch cannot use this device.
    """
    if device is None:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return usable_device(device, "--device")


def usable_device(name: str, flag: str) -> torch.device:
    """Return the device of this name, with its index if torch numbers devices of its type.

    Args:
        name: torch's name of the device.
        flag: the flag that the user gave it with.

    Raises:
        ValueError: torch cannot use this device; the message names the flag.
    """
    try:
        number = torch.zeros((), device=name)
        number.item()  # fails on the device "meta", whose tensors have no values
        return number.device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"{flag} {name}: torch cannot compute there ({reason}); leave it out for the default "
            "device, or give cpu"
        ) from error
