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
        raise ValueError(
            f"{flag} {name}: torch cannot compute there ({_reason(error)}); leave it out for the "
            f"default device, or give {' or '.join(_usable())}"
        ) from error


def _usable() -> list[str]:
    """Return the names of the devices that torch finds."""
    kind = torch.accelerator.current_accelerator(check_available=True)
    count = 0 if kind is None else torch.accelerator.device_count()
    return ["cpu", *(f"{kind}:{index}" for index in range(count))]


def _reason(error: BaseException) -> str:
    """Return the first sentence of torch's reason, or ours for its list of all device types."""
    reason = str(error).partition("\n")[0].partition(". ")[0]
    return "no such device" if reason.startswith("Expected one of") else reason
