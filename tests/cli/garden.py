"""A function to call from the command line."""

from dataclasses import dataclass, field
from typing import Any, Literal

from cyclemlp.cli.parsing import parse


@dataclass(frozen=True)
class Optim:
    """How to step.

    Args:
        lr: step size.
        warm_up: epochs.
    """

    lr: float = 0.1
    warm_up: int = 2


@dataclass(frozen=True)
class Result:
    values: dict[str, Any] = field(default_factory=dict)

    def to_dict(self):
        return self.values


def grow(
    garden: str,
    seeds: list[str],
    image_size: int | list[int] | None = None,
    crop: tuple[int, int] = (1, 2),
    on_bad_file: Literal["stop", "skip"] = "stop",
    resume: bool = False,
    model_args: dict[str, Any] | None = None,
    optim: Optim = Optim(),
) -> Result:
    """Grow a garden.

    Args:
        garden: where.
        seeds: what, one or more.
        image_size: sides.
        crop: height and width.
        on_bad_file: what to do.
        resume: go on.
        model_args: further ones.
        optim: steps.
    """
    return Result(locals())


def read(*words):
    options = parse(grow, "cyclemlp grow", ("garden", "seeds"), words)
    assert options is not None
    return options
