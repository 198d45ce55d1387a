"""Notes for the user on a COCO annotation file that does not match its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclemlp.data.layouts.coco_file import Entry, is_whole, repeated
from cyclemlp.data.layouts.coco_shapes import has_box
from cyclemlp.data.layouts.common.image_search import ImageSearch
from cyclemlp.data.messages import shown


def notes_on(
    file: Path,
    search: ImageSearch,
    paths: Sequence[Path | None],
    images: Sequence[Entry],
    annotations: Sequence[Entry],
) -> Iterator[str]:
    """Yield notes on unlisted images, annotations without an image and repeated ids.

    Args:
        file: the annotation file.
        search: the search in the folder of images.
        paths: the files of the file's images.
        images: the file's images.
        annotations: the file's annotations.

    Raises:
        ValueError: no annotation belongs to a listed image.
    """
    if homeless := _without_image(file, images, annotations):
        yield f"{homeless} annotations belong to images that {file.name} does not list: left out"
    twice = repeated(a["id"] for a in annotations if is_whole(a.get("id")))
    if twice:
        yield f"{len(twice)} annotation ids of {file.name} are used more than once: all are kept"
    if boxless := sum(not has_box(a) and bool(a.get("segmentation")) for a in annotations):
        yield f"{boxless} annotations of {file.name} have no bbox: it follows from the segmentation"
    listed = set(paths)
    unlisted = [path.name for path in search.images if path not in listed]
    if unlisted:
        yield f"{len(unlisted)} images in {search.folder} are not in {file.name}: {shown(unlisted)}"


def _without_image(file: Path, images: Sequence[Entry], annotations: Sequence[Entry]) -> int:
    """Count the annotations whose image is not listed."""
    known = {image["id"] for image in images}
    homeless = sum(annotation["image_id"] not in known for annotation in annotations)
    if homeless and homeless == len(annotations):
        raise ValueError(
            f"{file}: none of its {homeless} annotations belongs to an image that it lists: the "
            f"first has the image_id {annotations[0]['image_id']}, and the images have the ids "
            f"{', '.join(str(number) for number in sorted(known)[:8])} …"
        )
    return homeless
