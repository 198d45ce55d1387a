"""What a file format is for the rest of the export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cyclemlp.exporting.graph import Graph
from cyclemlp.runtime.engines.engine import Engine


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        file: name of the file that is opened.
        suffixes: of all files that are written, with that of `file`.
        libraries: modules that writing and checking import.
        write: writes a graph to a file, with a version of ONNX's operators or None.
        describe: writes the description, a JSON text, into a written file's own metadata.
        open: reads a written file, with a number of threads.
        check_tools: raises an OSError if a program that writing needs is missing.
    """

    file: str
    suffixes: tuple[str, ...]
    libraries: tuple[str, ...]
    write: Callable[[Graph, Path, int | None], None]
    describe: Callable[[Path, str], None]
    open: Callable[[Path, int], Engine]
    check_tools: Callable[[], None] = lambda: None

    def written(self, file: Path) -> list[Path]:
        """Return all files that `write` has written for `file`."""
        return [file.with_suffix(suffix) for suffix in self.suffixes]
