"""One row of metrics.csv: the figures of one epoch."""

from __future__ import annotations

from collections.abc import Mapping

Row = dict[str, float]

_TRAINED = "train_"  # prefix of the training losses


def make_row(
    epoch: int, step: int, lr: float, losses: Mapping[str, float], scores: Mapping[str, float]
) -> Row:
    """Return the row of an epoch.

    Args:
        epoch: number of the epoch, from 1.
        step: optimizer steps done.
        lr: learning rate at the epoch's end.
        losses: mean of each training loss.
        scores: validation metrics.
    """
    trained = {_TRAINED + name: value for name, value in losses.items()}
    return {"epoch": epoch, "step": step, "lr": lr, **trained, **scores}


def training_names(row: Row) -> list[str]:
    """Return the names of the learning rate and the training losses."""
    return [name for name in row if name == "lr" or name.startswith(_TRAINED)]


def score_names(row: Row) -> list[str]:
    """Return the names of the validation metrics."""
    return [name for name in row if name not in ("epoch", "step", *training_names(row))]
