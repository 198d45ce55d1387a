"""A bound on the memory of predicted pictures that wait for their drawing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from cyclemlp.serving.faults import busy


class PictureMemory:
    """Counts the memory of pictures.

    Args:
        most: bytes for all of them; a single one may take more.

    Attributes:
        taken: bytes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def holding(self, image: Image.Image) -> Iterator[None]:
        """Count a picture within the context.

        Raises:
            Fault: the others leave too little.
        """
        size = 3 * image.width * image.height
        if self.taken and self.taken + size > self._most:
            rule = f"at most {self._most} bytes of pictures wait for their drawing"
            raise busy(rule, "one more")
        self.taken += size
        try:
            yield
        finally:
            self.taken -= size
