"""From a picture file to what is sent, changing as little as possible."""

import dataclasses
from pathlib import Path

from client.messages import Message
from client.pictures.decode import decode, opened
from client.pictures.encode import encode
from client.pictures.header import read
from client.pictures.picture import MIMES, SEND_SIDE, Picture, PictureHeader, Reading
from client.pictures.plan import Plan, notes_on, plan_for
from client.pictures.source import Source, open_source


def prepare_picture(path: Path, side: int = SEND_SIDE) -> Picture:
    """Return a picture file ready to be sent; its `notes` say in order what was done to it.

    A file that is fit keeps its pixel data bit for bit and only loses private details; any other becomes its first
    frame, upright, in sRGB, with sides of at most `side` pixels and at most 10 MB (reference, 'image').
    Raises InvalidImageError with a sentence for what is no picture, damaged or too large.
    """
    with open_source(path) as source:
        reading = read(source)
        plan = plan_for(reading, side)
        if plan.as_is:
            content = source.make(reading.recipe)
            opened(content, reading.header)
            return _picture(reading, plan, content)
        return _made(source, reading, plan)


def describe_picture(path: Path) -> tuple[PictureHeader, tuple[Message, ...]]:
    """Return what a file says about itself and what `prepare_picture` will do to it, without decoding a pixel.

    Only whether a picture becomes light enough as PNG cannot be foreseen. Raises InvalidImageError.
    """
    with open_source(path) as source:
        reading = read(source)
        return reading.header, notes_on(reading, plan_for(reading))


def _made(source: Source, reading: Reading, plan: Plan) -> Picture:
    image = decode(source, reading, plan.size, recolour=plan.recoloured)
    encoded = encode(image, lossless=reading.lossless, full_colour=reading.full_colour)
    lighter = encoded.format != plan.format or encoded.size != plan.size
    made = dataclasses.replace(plan, format=encoded.format, size=encoded.size, compressed=plan.compressed or lighter)
    return _picture(reading, made, encoded.content)


def _picture(reading: Reading, plan: Plan, content: bytes) -> Picture:
    width, height = plan.size
    return Picture(content, MIMES[plan.format], width, height, notes_on(reading, plan))
