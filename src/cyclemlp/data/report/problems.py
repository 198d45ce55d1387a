"""Problems of whole splits: no usable images, no classes, classes that other splits have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cyclemlp.data.report.report import SplitReport
from cyclemlp.data.split import Split


def problems_of(splits: Mapping[str, Split], reports: Mapping[str, SplitReport]) -> Iterator[str]:
    """Yield a sentence on each problem.

    A single split may lack classes: a bundle is often evaluated on some of its classes only.

    Args:
        splits: the splits by their names.
        reports: the report of each split.
    """
    for name, part in reports.items():
        if not part.usable:
            yield f"split {name!r} has no usable image"
        if sentence := without_classes(splits[name], part):
            yield sentence
        for other, its in reports.items() if part.usable else ():
            if other != name:
                yield from _missing_classes(splits[name], part, name, its, other)


def without_classes(split: Split, part: SplitReport) -> str | None:
    """Return a sentence if a split has usable images and none of them shows a class."""
    if split.classes_required or not part.usable or any(part.counts.values()):
        return None
    images = f"{part.usable} usable images of split {split.name!r} ({split.source(0)}, …)"
    return f"none of the {images} shows any of the {len(part.counts)} classes"


def _missing_classes(
    split: Split, part: SplitReport, name: str, its: SplitReport, other: str
) -> Iterator[str]:
    for label, count in its.counts.items():
        if label not in split.classes:
            yield f"class {label!r} of split {other!r} is unknown in split {name!r}"
        elif split.classes_required and count and not part.counts[label]:
            yield f"class {label!r} of split {other!r} has no usable image in {name!r}"
