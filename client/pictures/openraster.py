"""Layers for GIMP, Krita and their like: OpenRaster, a ZIP of PNG files (https://www.openraster.org)."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from PIL import Image

MIME: Final = "image/openraster"
THUMBNAIL: Final = 256


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture file, and what its layer is called; `shown` as long as nobody switches it off."""

    name: str
    content: bytes = field(repr=False)
    shown: bool = True


def open_raster(layers: Sequence[Layer]) -> bytes:
    """Return layers, the topmost first, as one file: of the size of the lowest, in sRGB, with 8 bits a channel.

    The topmost one that is shown stands for the whole in programs that only look. Raises InvalidImageError.
    """
    lowest = _opened(layers[-1].content)
    width, height = lowest.size
    pictures = [*(_opened(layer.content).resize(lowest.size) for layer in layers[:-1]), lowest]
    image = ET.Element("image", version="0.0.3", w=str(width), h=str(height))
    stack = ET.SubElement(image, "stack")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        # By the specification it comes first, and not compressed.
        archive.writestr("mimetype", MIME)
        for place, (layer, picture) in enumerate(zip(layers, pictures, strict=True)):
            file = f"data/layer{place}.png"
            visibility = "visible" if layer.shown else "hidden"
            ET.SubElement(stack, "layer", name=layer.name, src=file, x="0", y="0", visibility=visibility)
            archive.writestr(file, _encoded(picture))
        shown = next(picture for layer, picture in zip(layers, pictures, strict=True) if layer.shown)
        archive.writestr("stack.xml", ET.tostring(image, encoding="utf-8", xml_declaration=True))
        archive.writestr("mergedimage.png", _encoded(shown))
        shown.thumbnail((THUMBNAIL, THUMBNAIL))
        archive.writestr("Thumbnails/thumbnail.png", _encoded(shown))
    return packed.getvalue()


def _opened(content: bytes) -> Image.Image:
    from client.pictures.raster import in_srgb, read_raster  # noqa: PLC0415 - OpenCV, see paste_back.py
    from client.pictures.sampling import eight_bits  # noqa: PLC0415 - as above

    raster = read_raster(content)
    picture = Image.fromarray(in_srgb(eight_bits(raster.pixels, raster.unit), raster.profile)).convert("RGBA")
    if raster.alpha is not None:
        picture.putalpha(Image.fromarray(eight_bits(raster.alpha, raster.unit)))
    return picture


def _encoded(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
