"""The verb ``predict``: a bundle's predictions for files, folders and lists of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.bundle.predictions.finding import find_images
from cyclemlp.console.output import output_folder
from cyclemlp.console.progress import tracked
from cyclemlp.console.ranges import at_least
from cyclemlp.extras import needed_by

if TYPE_CHECKING:
    from cyclemlp.bundle.predictions.summary import Predictions


def predict(
    bundle: str,
    inputs: list[str],
    output: str | None = None,
    overwrite: bool = False,
    top_k: int | None = None,
    image_size: int | None = None,
    batch_size: int | None = None,
    workers: int = 2,
    device: str | None = None,
    draw: bool | None = None,
    save: bool | None = None,
    task_args: dict[str, Any] | None = None,
) -> Predictions:
    """Predict files and folders of images; files that cannot be used are reported and skipped.

    Args:
        bundle: a bundle's or training run's folder, a Hugging Face Hub id, or an exported network's
            folder or file.
        inputs: image files, folders (searched recursively), or ``-`` for a list of files on
            standard input, one per line.
        output: folder to write into; by default a new one, runs/predict, runs/predict-2, ….
        overwrite: replace the results in `output`.
        top_k: number of most probable classes to give, in classification; by default 5.
        image_size: side of the square input, in pixels; dense tasks fit an image into this square.
            By default the bundle's size.
        batch_size: images per forward pass; by default 32, or 8 in dense tasks.
        workers: loading processes; 0 loads in this one.
        device: where to compute; by default the accelerator, or the CPU if there is none.
        draw: also write each image with its prediction drawn on it; by default for dense tasks.
        save: also write each prediction as a file, index masks as PNG; by default for dense tasks.
        task_args: settings of the task, e.g. for large pictures ``window: 512``.

    Returns:
        Counts and the folder; the predictions are in its ``predictions.jsonl``, one line per file,
        each with ``file`` and either ``prediction`` or ``error``.

    Raises:
        FileNotFoundError: there is no such bundle, or no image among `inputs`.
        ValueError: a setting cannot be used.
    """
    at_least(1, batch_size=batch_size, top_k=top_k, image_size=image_size)
    at_least(0, workers=workers)
    place = find_bundle(str(bundle))
    files = find_images(inputs)
    with needed_by("predict"):
        from cyclemlp.bundle.loading import load
        from cyclemlp.bundle.predictions.outcomes import outcomes
        from cyclemlp.bundle.predictions.per_image import FilesPerImage
        from cyclemlp.bundle.predictions.summary import RESULT
        from cyclemlp.bundle.predictions.writing import write_predictions
        from cyclemlp.console.devices import best_device
    settings = (task_args or {}) | ({} if top_k is None else {"top_k": top_k})
    predictor = load(place, str(best_device(device)), image_size, batch_size, **settings)
    folder = output_folder(output, "predict", RESULT, overwrite)
    task = predictor.task
    pictures = FilesPerImage(
        folder,
        task.pictures if draw is None else draw,
        task.pictures if save is None else save,
    )
    found = tracked(outcomes(predictor, files, workers), "predicting", len(files))
    return write_predictions(found, folder, pictures, task.gathering())
