"""Structure maps, which a model follows without taking over colours and surfaces: made of a picture, or drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from PIL import Image, ImageDraw

from client.pictures.inspect import inspect
from client.pictures.prepare import decode, fitted, needs_recolouring, png
from client.pictures.region import WHITE, Size, Stroke, draw_stroke
from client.pictures.source import open_picture

if TYPE_CHECKING:
    from client.pictures.sampling import Bytes, Floats

MapKind = Literal["edges", "lines", "tones"]
KINDS: Final[tuple[MapKind, ...]] = get_args(MapKind)
SIDE: Final = 1280
"""Pixels of the longer side: services work at about one megapixel, and a map has no more to say."""
FINER: Final = 2  # times, at which a sketch is drawn before it is made small, so that its lines are smooth


def structure_map(path: Path, kind: MapKind, detail: float = 0.5) -> bytes:
    """Return the structure of the picture in a file as a grey PNG: upright, its longer side at most `SIDE` px.

    `edges` are white on black (Canny, IEEE PAMI 1986), `lines` black on white like a pencil's, and `tones` the large
    light and dark areas with sharp borders (Gastal and Oliveira, SIGGRAPH 2011). `detail` goes from 0, only the
    strongest, to 1. Raises InvalidImageError where the file cannot be read.
    """
    colours = _read(path)
    made = {"edges": _edges, "lines": _lines, "tones": _tones}[kind](colours, min(max(detail, 0.0), 1.0))
    return png(Image.fromarray(made))


def draw_sketch(strokes: Sequence[Stroke], size: Size) -> bytes:
    """Return what strokes draw with a black pen on a white sheet of that size in px, as a grey PNG."""
    sheet = Image.new("L", (size[0] * FINER, size[1] * FINER), WHITE)
    draw = ImageDraw.Draw(sheet)
    for stroke in strokes:
        draw_stroke(draw, stroke, sheet.size, WHITE if stroke.tool == "eraser" else 0)
    return png(sheet.resize(size, Image.Resampling.BOX))


def _read(path: Path) -> "Bytes":
    """Return the picture as sRGB, shape (height, width, 3); white shows through what is not opaque."""
    import numpy as np  # noqa: PLC0415 - see paste_back.py

    with open_picture(path) as source:
        inspection = inspect(source)
        size = fitted(inspection.header, SIDE)
        image = decode(source, inspection, size, recolour=needs_recolouring(inspection))
    if image.has_transparency_data:
        above = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    return np.asarray(image.convert("RGB"))


def _edges(colours: "Bytes", detail: float) -> "Bytes":
    import cv2  # noqa: PLC0415 - OpenCV, see paste_back.py
    import numpy as np  # noqa: PLC0415

    smooth = cv2.GaussianBlur(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), (0, 0), 2.2 - 1.4 * detail)
    across, down = cv2.Sobel(smooth, cv2.CV_16S, 1, 0), cv2.Sobel(smooth, cv2.CV_16S, 0, 1)
    steep = np.abs(across.astype(np.int32)) + np.abs(down)
    # What is strong depends on the picture: a misty one has edges, too. Noise in a flat one is none.
    high = max(16.0, float(np.quantile(steep, 0.975 - 0.125 * detail)))
    return np.asarray(cv2.Canny(across, down, high / 2, high), np.uint8)


def _lines(colours: "Bytes", detail: float) -> "Bytes":
    import cv2  # noqa: PLC0415 - OpenCV, see paste_back.py
    import numpy as np  # noqa: PLC0415

    # Smoothed along the edges first: the grain of a lawn is no line.
    calm = cv2.edgePreservingFilter(colours, flags=cv2.RECURS_FILTER, sigma_s=20, sigma_r=0.5 - 0.42 * detail)
    light: Floats = cv2.cvtColor(calm, cv2.COLOR_RGB2GRAY).astype(np.float32) + 8
    fine, wide = cv2.GaussianBlur(light, (0, 0), 1.1), cv2.GaussianBlur(light, (0, 0), 5)
    # Where it is darker than around it; as a ratio, for that is the same in shadow and in light.
    darker = np.clip((1 - fine / wide - 0.09 + 0.08 * detail) * 12, 0, 1)
    return np.asarray(np.rint(WHITE * (1 - darker)), np.uint8)


def _tones(colours: "Bytes", detail: float) -> "Bytes":
    import cv2  # noqa: PLC0415 - OpenCV, see paste_back.py
    import numpy as np  # noqa: PLC0415

    height, width = colours.shape[:2]
    # At half the size it takes a quarter of the time, and nothing fine is wanted.
    soft = cv2.resize(colours, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    reach, contrast = 60 - 50 * detail, 0.8 - 0.6 * detail
    for _ in range(2):
        soft = cv2.edgePreservingFilter(soft, flags=cv2.RECURS_FILTER, sigma_s=reach, sigma_r=contrast)
    light = cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
