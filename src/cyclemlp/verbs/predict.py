"""The verb ``predict``: a bundle's predictions for images and videos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.bundle.predictions.finding import find_files
from cyclemlp.bundle.predictions.rows import RESULT
from cyclemlp.console.output import check_output
from cyclemlp.console.progress import tracked
from cyclemlp.console.ranges import at_least
from cyclemlp.extras import needed_by
from cyclemlp.tasks import predict_defaults

if TYPE_CHECKING:
    from cyclemlp.bundle.predictions.summary import Predictions

defaults_for = predict_defaults  # of the command line


def predict(
    bundle: str,
    inputs: list[str],
    output: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    image_size: int | None = None,
    batch_size: int | None = None,
    workers: int = 2,
    device: str | None = None,
    draw: bool | None = None,
    save: bool | None = None,
    every: int = 1,
    task_args: dict[str, Any] | None = None,
) -> Predictions:
    """Predict images and videos; files that cannot be used are reported and skipped.

    Args:
        bundle: a bundle's or training run's folder, a Hugging Face Hub id, or an exported network's
            folder or file.
        inputs: image and video files, folders (searched recursively), patterns such as
            ``'photos/**/*.jpg'``, or ``-`` for a list of files and folders on standard input, one
            per line. Images are predicted first, then videos.
        output: folder to write into; by default a new one, runs/predict, runs/predict-2, ….
        overwrite: replace the results in `output`.
        resume: continue an interrupted call in `output`, with the same settings; finished images
            and frames are not predicted again. A video that is drawn starts from its first frame.
        image_size: side of the square input, in pixels; dense tasks fit an image into this square.
            By default the bundle's size.
        batch_size: images per forward pass; by default 32, or 8 in dense tasks.
        workers: loading processes; 0 loads in this one.
        device: where to compute; by default the accelerator, or the CPU if there is none.
        draw: also write each image, or video, with its predictions drawn on it; by default for
            dense tasks.
        save: also write each prediction as a file, index masks as PNG; by default for dense tasks.
        every: predict every n-th frame of a video; 1 predicts all.
        task_args: settings of the task, e.g. ``window: 512``; ``--help`` after a bundle lists those
            of its task.

    Returns:
        Counts and the folder; the predictions are in its ``predictions.jsonl``, one line per
        image or frame, each with ``file`` and either ``prediction`` or ``error``; those of frames
        have ``frame`` (counted from 0) and ``time`` (seconds).

    Raises:
        FileNotFoundError: there is no such bundle, or an input gives no image or video.
        ValueError: a setting cannot be used, or differs from that of the interrupted call.
        OSError: a result cannot be written.
        KeyboardInterrupt: the user stopped; what is finished is kept.
    """
    at_least(1, batch_size=batch_size, image_size=image_size, every=every)
    at_least(0, workers=workers)
    check_output(output, RESULT, overwrite, resume)
    place = find_bundle(str(bundle))
    files = find_files(inputs)
    with needed_by("predict"):
        from cyclemlp.bundle.loading import load
        from cyclemlp.bundle.memory import advising_on_inference
        from cyclemlp.bundle.predictions.finished import Finished, keep_finished
        from cyclemlp.bundle.predictions.outcomes import outcomes
        from cyclemlp.bundle.predictions.per_image import FilesPerImage
        from cyclemlp.bundle.predictions.resuming import network_digest, started
        from cyclemlp.bundle.predictions.writing import write_predictions
        from cyclemlp.console.devices import best_device
        from cyclemlp.data.videos.names import is_video_name
        from cyclemlp.data.videos.reading import frame_count
    settings = task_args or {}
    predictor = load(place, str(best_device(device)), image_size, batch_size, **settings)
    task = predictor.task
    draw = task.pictures if draw is None else draw
    save = task.pictures if save is None else save
    decisive = {
        "bundle": network_digest(place),
        "image_size": image_size,
        "draw": draw,
        "save": save,
        "every": every,
        "task_args": settings,
    }
    folder, continues = started(output, "predict", RESULT, overwrite, resume, decisive)
    finished = keep_finished(folder) if continues else Finished()
    left = [file for file in files if file not in finished.files]
    total = sum(frame_count(file, every) if is_video_name(file) else 1 for file in left)
    found = outcomes(predictor, left, workers, every, finished.frames)
    again = f"What is finished is kept; to continue, add --output {folder} --resume"
    with advising_on_inference(
        task, predictor.preprocessing, predictor.device, batch_size, lambda: again
    ):
        return write_predictions(
            tracked(found, "predicting", total),
            folder,
            FilesPerImage(folder, draw, save, every, finished.names),
            task.gathering(),
        )
