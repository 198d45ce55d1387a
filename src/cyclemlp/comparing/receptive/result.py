"""The pseudo-kernels and the receptive fields of a model, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cyclemlp.comparing.receptive.fields import Field
from cyclemlp.comparing.receptive.kernels import PseudoKernel
from cyclemlp.console.tables import table


@dataclass(frozen=True)
class Receptive:
    """What a model sees.

    Attributes:
        model: as the user named it.
        image_size: height and width of the images in pixels.
        images: number of images that the fields are means over.
        kernels: the pseudo-kernels; none for a model without Cycle FC or shifted FC.
        fields: the receptive field of each stage.
        files: the written files.
    """

    model: str
    image_size: tuple[int, int]
    images: int
    kernels: tuple[PseudoKernel, ...]
    fields: tuple[Field, ...]
    files: tuple[Path, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts; the heat maps are in fields.npz."""
        return {
            "model": self.model,
            "image_size": list(self.image_size),
            "images": self.images,
            "kernels": [asdict(one) | {"size": list(one.size)} for one in self.kernels],
            "fields": [
                {
                    "stage": one.stage,
                    "stride": one.stride,
                    "half_share": one.half_share,
                    "reach": list(one.reach),
                }
                for one in self.fields
            ],
            "files": [str(path) for path in self.files],
        }

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield "{} at {} × {}, mean of {} images".format(self.model, *self.image_size, self.images)
        for one in self.kernels:
            yield "  {}, {} layers: pseudo-kernel {}×{}".format(one.name, one.layers, *one.size)
        if not self.kernels:
            yield "  no Cycle FC and no shifted FC: no pseudo-kernel"
        rows = [
            [
                str(one.stage),
                str(one.stride),
                f"{one.half_share:.3%}",
                "{} × {}".format(*one.reach),
            ]
            for one in self.fields
        ]
        yield table(["map", "stride", "half of the influence from", "1 % of the peak within"], rows)
        yield f"written: {', '.join(map(str, self.files))}"
