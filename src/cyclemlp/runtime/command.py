"""The command line of the runtime, for the file that an export writes beside the network."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.images.reading import read_image
from cyclemlp.runtime.loading import load
from cyclemlp.runtime.predictor import RuntimePredictor
from cyclemlp.tasks.prediction import Prediction


def run() -> None:
    """Run `main`, and exit with its status."""
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of the output, e.g. `head`, has ended
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.exit(130)


def main(argv: Sequence[str] | None = None) -> int:
    """Predict the images that the command line names; one JSON line per image.

    Returns:
        0; 2 if the network or an image cannot be used.
    """
    options = _parser().parse_args(argv)
    try:
        predictor = load(options.network, options.format, options.threads)
    except (ImportError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    failed = 0
    for file in _files(options.images):
        try:
            line = _predicted(predictor, file, options.draw)
        except (OSError, ValueError) as error:
            failed += 1
            line = {"error": str(error)}
        print(json.dumps({"file": str(file), **line}), flush=True)
    return 2 if failed else 0


def _parser() -> argparse.ArgumentParser:
    beside = Path(sys.argv[0]).resolve().parent
    parser = argparse.ArgumentParser(
        description="Predict images with an exported network. Prints one JSON line per image."
    )
    parser.add_argument("images", nargs="+", type=Path, help="image files, and folders of them")
    parser.add_argument(
        "--network", type=Path, default=beside, help="folder of the exported network; by default "
        "that of this program"
    )  # fmt: skip
    parser.add_argument("--format", help="onnx or openvino; by default the one that is installed")
    parser.add_argument("--threads", type=_count, help="threads that compute")
    parser.add_argument(
        "--draw", type=_folder, metavar="FOLDER", help="also write each image with its prediction"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text}")
    return int(text)


def _folder(text: str) -> Path:
    if Path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text} is a file; give a folder")
    return Path(text)


def _files(entries: Sequence[Path]) -> Iterator[Path]:
    """Yield image files; a folder without any is yielded itself, to be reported."""
    for entry in entries:
        inside = sorted(path for path in entry.rglob("*") if is_image_name(path.name))
        yield from inside or [entry]


def _predicted(predictor: RuntimePredictor, file: Path, folder: Path | None) -> dict[str, Any]:
    if file.is_dir():
        raise FileNotFoundError(f"{file}: no image is in this folder; give one with images")
    image = read_image(file)
    prediction = predictor(image)
    line: dict[str, Any] = {"prediction": prediction.to_dict()}
    if folder is not None:
        line["drawn"] = str(_drawn(prediction, file, folder))
    return line


def _drawn(prediction: Prediction, file: Path, folder: Path) -> Path:
    """Write the drawing under a name that no other file of the folder has."""
    folder.mkdir(parents=True, exist_ok=True)
    name, number = folder / f"{file.stem}.png", 1
    while name.exists():
        number += 1
        name = folder / f"{file.stem}-{number}.png"
    prediction.draw(read_image(file)).save(name)
    return name
