"""The verb ``explain``: where a network looks."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.bundle.predictions.finding import find_files
from cyclemlp.console.output import check_output
from cyclemlp.console.progress import tracked
from cyclemlp.console.ranges import at_least
from cyclemlp.data.videos.names import is_video_name
from cyclemlp.explaining.rows import RESULT, keep_explained
from cyclemlp.extras import needed_by
from cyclemlp.runtime.config import is_exported
from cyclemlp.tasks import predict_defaults

if TYPE_CHECKING:
    from cyclemlp.bundle.predictor import Predictor
    from cyclemlp.explaining.places import Place
    from cyclemlp.explaining.result import Explanations

_STRIDE_8 = -3  # of a pyramid, whose last map has stride 32; of fewer maps, the finest

defaults_for = predict_defaults  # of the command line


def explain(
    bundle: str,
    inputs: list[str],
    classes: list[str] | None = None,
    most: int = 3,
    stage: int | None = None,
    layer: str | None = None,
    output: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    image_size: int | None = None,
    device: str | None = None,
    task_args: dict[str, Any] | None = None,
) -> Explanations:
    """Show which parts of images support what a bundle predicts.

    The evidence for a class, for the pixels of a class, or for an object is gradient times
    activation, summed over the channels of a layer (HiResCAM); after a mean over positions, as in
    most classifiers, it is Grad-CAM.

    Args:
        bundle: a bundle's or training run's folder, or a Hugging Face Hub id.
        inputs: image files, folders (searched recursively), patterns such as ``'photos/**/*.jpg'``,
            or ``-`` for a list on standard input, one per line. Files that cannot be used are
            reported and skipped.
        classes: to explain, whatever is predicted; of objects, those of these classes. By default
            what is predicted.
        most: explanations per image, the most probable, largest or surest first.
        stage: number of the feature map to look at, 1 is the finest; by default that of stride 8 in
            dense tasks, else the coarsest on which the prediction depends.
        layer: path of any layer to look at instead, e.g. ``stages.3``.
        output: folder to write into; by default a new one, runs/explain, runs/explain-2, ….
        overwrite: replace the results in `output`.
        resume: continue in `output` after an interruption, with the same settings.
        image_size: side of the square input, in pixels; dense tasks fit an image into this square.
            By default the bundle's size.
        device: where to compute; by default the accelerator, or the CPU if there is none.
        task_args: settings of the task, e.g. ``score_threshold: 0.1``; ``--help`` after a bundle
            lists those of its task.

    Returns:
        What was explained, also written to ``explanations.jsonl``, one line per image; each picture
        is drawn under its evidence in ``drawn/``, and the evidence in 0..1 is in ``maps/``.

    Raises:
        FileNotFoundError: there is no such bundle, or an input gives no image.
        FileExistsError: `output` already holds results.
        ValueError: there is no such class or layer, or a setting cannot be used, or differs from
            that of the interrupted call.
        OSError: a result cannot be written.
        KeyboardInterrupt: the user stopped; what is finished is kept.
    """
    at_least(1, most=most, stage=stage, image_size=image_size)
    if stage is not None and layer is not None:
        raise ValueError(f"give --stage {stage} or --layer {layer}, not both")
    check_output(output, RESULT, overwrite, resume)
    place = find_bundle(str(bundle))
    if is_exported(place if place.is_dir() else place.parent):
        raise ValueError(
            f"{bundle} is an exported network, without gradients; give the bundle that it was made "
            "from"
        )
    files = _images(inputs)
    with needed_by("explain"):
        from cyclemlp.bundle.loading import load
        from cyclemlp.bundle.predictions.resuming import network_digest, started
        from cyclemlp.console.devices import best_device
        from cyclemlp.console.memory import explaining_memory
        from cyclemlp.explaining.run import Asked, explain_files
    predictor = load(place, str(best_device(device)), image_size, 1, **(task_args or {}))
    if predictor.task.batching.keeps_size:
        raise ValueError("an image is explained as a whole, and window was given; leave it out")
    asked = Asked(_places(predictor, stage, layer), _known(classes, predictor.classes), most)
    decisive = {
        "bundle": network_digest(place),
        "classes": asked.classes,
        "most": most,
        "stage": stage,
        "layer": layer,
        "image_size": image_size,
        "task_args": task_args or {},
    }
    folder, continues = started(output, "explain", RESULT, overwrite, resume, decisive)
    earlier = keep_explained(folder) if continues else []
    known = {row["file"] for row in earlier}
    left = tracked([file for file in files if file not in known], "explaining")
    used = f"one image and its gradients with --device {predictor.device}"
    advice = (
        "Use a smaller --image-size, or a device with more memory. What is finished is kept; to "
        f"continue, add --output {folder} --resume"
    )
    with explaining_memory(used, lambda: advice):
        return explain_files(str(bundle), predictor, left, asked, folder, earlier)


def _images(inputs: list[str]) -> list[str]:
    files = find_files(inputs)
    videos = [file for file in files if is_video_name(file)]
    if videos:
        raise ValueError(f"{videos[0]} is a video, and explain takes images; extract its frames")
    return files


def _known(classes: list[str] | None, known: tuple[str, ...]) -> list[str]:
    """Return the classes, each once, after a check of their names."""
    for name in classes or ():
        if name not in known:
            near = get_close_matches(name, known, n=2) or known[:5]
            raise ValueError(
                f"--classes: the bundle has no class {name!r}; it has {', '.join(near)}"
                f"{', …' if len(near) < len(known) else ''}"
            )
    return list(dict.fromkeys(classes or ()))


def _places(predictor: Predictor, stage: int | None, layer: str | None) -> list[Place]:
    from cyclemlp.explaining.places import at_stage, named, stages

    network = predictor.network
    if layer is not None:
        return named(network, layer)
    places = stages(network, predictor.task.backbone(network))
    if not places:
        raise ValueError("timm lists no feature maps of this network; choose a layer with --layer")
    if stage is not None:
        return at_stage(places, stage)
    # Of a segmenter's stages, coarser ones have much of their evidence outside the pixels.
    return places[_STRIDE_8:][:1] if predictor.task.pictures else places
