"""Division of a split into training and validation by a hash of the files' names.

The division does not depend on the order of the files, the folder that the data set is in, the
machine or a seed. An image that is added later exchanges few of the others. Augmented copies of an
image by Roboflow (``a_jpg.rf.<hash>.jpg``) have adjacent keys, so that at most one image of a group
has copies in both parts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Sequence

_COPY = re.compile(r"\.rf\.[0-9a-zA-Z]{8,}(?=\.[^./]+$)")  # in the name of an augmented copy


def divide(
    names: Sequence[str], groups: Sequence[Hashable], fraction: float
) -> tuple[list[int], list[int]]:
    """Divide samples into training and validation, each group by itself.

    Args:
        names: distinct names of the samples, e.g. paths relative to the data set.
        groups: the group of each sample, e.g. its class.
        fraction: part of each group for validation. Of two or more samples, at least one is in
            each part; a single one is in training.

    Returns:
        The indices for training and those for validation, both ascending.

    Raises:
        ValueError: the fraction is not between 0 and 1.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"--val-fraction must be between 0 and 1, such as 0.2, got {fraction}")
    members: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    chosen: set[int] = set()
    for indices in members.values():
        count = max(1, min(len(indices) - 1, round(fraction * len(indices))))
        if len(indices) > 1:
            chosen.update(sorted(indices, key=lambda index: _key(names[index]))[:count])
    return [i for i in range(len(names)) if i not in chosen], sorted(chosen)


def same_name(name: str) -> str:
    """Return one spelling of a name; systems differ in separators and composed letters."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).rstrip("/")


def _key(name: str) -> tuple[bytes, str]:
    """Return a pseudorandom key of a name."""
    same = same_name(name).strip("/")
    original = _COPY.sub("", same)
    return hashlib.sha256(original.encode(errors="surrogateescape")).digest(), same
