"""Class folders in a tar file: ``<class>/*`` in ``ROOT/<split>.tar``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.labels import label_map
from cyclemlp.data.layouts.classes.tar_members import Member, members_of
from cyclemlp.data.layouts.classes.tar_split import TarSplit
from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.split import Fault


def open_class_tar(
    tar: Path, split: str, classes: Sequence[str] | None = None, notes: Sequence[str] = ()
) -> TarSplit:
    """Open a tar file as a split; the class of an image is the name of its folder.

    Args:
        tar: the file.
        split: the split's name.
        classes: the order of the labels; the default is the order of the folders' names.
        notes: see `Split`.

    Raises:
        ValueError: the file is not a tar file, has no images, or a class that `classes` lacks.
    """
    members = list(members_of(tar))
    files = [member for member in members if not is_system_file(member.name)]
    kept = sorted(member for member in files if _class_of(member))
    if not kept:
        raise ValueError(f"{tar} has no images in class folders; expected <class>/* inside it")
    own = sorted({_class_of(member) for member in kept})
    numbers = {name: i for i, name in enumerate(own)}
    labels = label_map(str(tar), own, classes)
    targets = [labels[numbers[_class_of(member)]] for member in kept]
    strays = [
        Fault(str(member), "not in a class folder") for member in files if not _class_of(member)
    ]
    return TarSplit(split, kept, targets, classes or own, strays, len(members) - len(files), notes)


def _class_of(member: Member) -> str:
    return Path(member.name).parent.name
