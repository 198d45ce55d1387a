"""The result for one picture: an image file, or a frame of a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cyclemlp.data.videos.reading import Frame
from cyclemlp.tasks.prediction import Prediction


@dataclass(frozen=True)
class Outcome:
    """The result for one picture: a prediction, or the reason why there is none.

    Attributes:
        file: path of the image or video.
        prediction: the prediction; None if the file cannot be used.
        error: why the file, or a part of a video, cannot be used; None if it can.
        frame: the frame of the video; None for an image.
    """

    file: str
    prediction: Prediction | None = None
    error: str | None = None
    frame: Frame | None = None

    @property
    def place(self) -> str:
        """The file, and in a video the time, as text for a terminal."""
        file = self.file.encode(errors="replace").decode()  # names may hold any bytes
        return file if self.frame is None else f"{file} at {self.frame.time:.2f} s"

    def __str__(self) -> str:
        return f"unusable: {self.error}" if self.prediction is None else str(self.prediction)

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"file", "prediction"}`` or ``{"file", "error"}``; frames add two numbers.

        These are ``"frame"``, counted from 0, and ``"time"`` in seconds since the first frame.
        """
        content: dict[str, Any] = {"file": self.file}
        if self.frame is not None:
            content |= {"frame": self.frame.number, "time": round(self.frame.time, 6)}
        if self.prediction is None:
            return content | {"error": self.error}
        return content | {"prediction": self.prediction.to_dict()}
