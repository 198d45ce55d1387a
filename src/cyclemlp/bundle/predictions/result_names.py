"""Names of the files that are written for each input file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path


class ResultNames:
    """Gives each input file a unique name: the file's, without its suffix.

    Files of the same name in several folders are numbered. Upper and lower case count as the same,
    because they are on Windows and macOS.

    Args:
        given: names from an earlier call, input file -> name.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = dict(given)
        self._taken = Counter(name.casefold() for name in self._given.values())

    def of(self, file: str) -> str:
        """Return the name for an input file, always the same."""
        if file not in self._given:
            self._given[file] = self._free(Path(file).stem)
        return self._given[file]

    def _free(self, stem: str) -> str:
        name = stem
        while name.casefold() in self._taken:
            self._taken[stem.casefold()] += 1
            name = f"{stem}-{self._taken[stem.casefold()]}"
        self._taken[name.casefold()] = 1
        return name
