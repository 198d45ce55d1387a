"""LabelMe's layout (Russell et al., IJCV 2008; the tool of Wada): a JSON file beside each image.

Files are in ``ROOT/<split>``, at any depth. Shapes are rectangles, polygons, circles and masks, and
X-AnyLabeling's turned rectangles; shapes of one label and ``group_id`` are one object.
``ROOT/labels.txt`` or ``ROOT/classes.txt`` names the classes; without them, the classes are the
labels of the training split, sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.labelme_classes import labels_by_name
from cyclemlp.data.layouts.labelme_file import LABELME
from cyclemlp.data.layouts.labelme_scenes import scenes_of
from cyclemlp.data.layouts.labelme_split import classes_of, read_split
from cyclemlp.data.layouts.objects.object_split import ObjectSplit

EXPECTED = "LabelMe's ROOT/train/*.json beside the images"


def open_labelme(
    root: Path, split: str, classes: Sequence[str] | None = None, masks: bool = False
) -> ObjectSplit:
    """Open one split.

    Args:
        root: the data set's folder.
        split: the split's name.
        classes: the order of the labels; the default is the data set's. A file with another label
            is a fault.
        masks: whether targets have masks.

    Raises:
        ValueError: there is no such split, no JSON file, or no class.
    """
    content = read_split(root, split)
    classes = classes_of(root, content) if classes is None else classes
    scenes = scenes_of(content.files, labels_by_name(classes), ignore=False)
    opened = ObjectSplit(split, classes, scenes, masks, content.notes)
    opened.strays = content.strays
    return opened


LAYOUT = Layout("LabelMe", ("detect", "instance"), EXPECTED, LABELME.are_in, open_labelme)
