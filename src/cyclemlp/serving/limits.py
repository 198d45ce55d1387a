"""What the service accepts, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

_COMPUTED = 4  # times `max_pixels`: overlapping windows, at two scales or mirrored


@dataclass(frozen=True)
class Limits:
    """Limits of the service.

    Attributes:
        max_bytes: of a request's body.
        max_pixels: of a picture, read from its header before it is decoded.
        max_uploads: requests that send their body or wait for decoding at the same time.
        max_queue: pictures of one model that wait for a forward pass.
        max_queue_bytes: memory of these pictures and of the network's inputs.
        max_batch: pictures in one forward pass.
        max_wait: seconds that a picture waits for others to share its forward pass.
        deadline: seconds from a complete request to its answer.
        upload_timeout: seconds in which a body has to arrive, or a client reads some of an answer.
        header_timeout: seconds in which a request's headers have to arrive.
    """

    max_bytes: int = 16 * 2**20
    max_pixels: int = 50_000_000
    max_uploads: int = 128
    max_queue: int = 256
    max_queue_bytes: int = 2**30
    max_batch: int = 8
    max_wait: float = 0.005
    deadline: float = 30.0
    upload_timeout: float = 30.0
    header_timeout: float = 10.0

    @property
    def max_computed(self) -> int:
        """Pixels that a network computes for one picture in windows, at all scales and mirrored."""
        return _COMPUTED * self.max_pixels
