"""What the page does with pictures: describe what is in a slot, prepare what is sent, draw thumbnails."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from client.messages import Message
from client.pictures.canvas import Margins, grow_canvas
from client.pictures.crop import Box, cropped, surroundings
from client.pictures.inspect import INSPECTED_BY_WORKERS, format_of, inspect
from client.pictures.isolate import IsolatedWorkers
from client.pictures.picture import SEND_SIDE, Inspection, Picture, PictureHeader
from client.pictures.prepare import notes_on, plan_for, prepare_picture
from client.pictures.previews import BROWSER_FORMATS, SIDE, preview_png, thumbnail_webp
from client.pictures.region import mask_in
from client.pictures.source import open_picture
from client.pictures.structure import MapKind, structure_map


@dataclass(frozen=True, slots=True)
class Description:
    """What a file is, what will be done to it before it is sent, and a PNG of it where browsers cannot show it."""

    header: PictureHeader
    notes: tuple[Message, ...]
    preview: bytes | None = field(default=None, repr=False)


ANSWERS: Final = frozenset({Description, Message, Picture, PictureHeader})


class PictureWork:
    """Works on picture files off the event loop; raises InvalidImageError for those that cannot be used.

    With `workers`, for a page that strangers use, whatever C code reads (pixels, colour profiles, AVIF, HEIC) and TIFF
    is read by them, and not in this process, where others' keys are. A file that is fit to be sent needs none.
    """

    def __init__(self, workers: IsolatedWorkers | None = None) -> None:
        self._workers = workers

    async def describe(self, path: Path, *, preview: bool = True) -> Description:
        """Return what a file is, with a preview if `preview` and browsers cannot show it.

        The notes are those that the prepared picture will have, except that one which turns out too heavy as PNG is
        compressed when it is prepared.
        """
        side = SIDE if preview else 0
        if self._workers is None:
            return await asyncio.to_thread(describe_picture, path, None, side)
        known = await asyncio.to_thread(_inspected_here, path)
        if known and not known.profile and (not preview or known.header.format in BROWSER_FORMATS):
            return Description(known.header, notes_on(known, plan_for(known)))
        return await self._workers.run(describe_picture, path, known, side, returns=ANSWERS)

    async def prepare(self, path: Path, side: int = SEND_SIDE) -> Picture:
        """Return a picture ready to be sent with no side longer than `side` pixels; see `prepare_picture`."""
        if self._workers is None:
            return await asyncio.to_thread(prepare_picture, path, side)
        known = await asyncio.to_thread(_inspected_here, path)
        if known and not known.profile and plan_for(known, side).as_is:
            return await asyncio.to_thread(prepare_picture, path, side, known)
        return await self._workers.run(prepare_picture, path, side, known, returns=ANSWERS)

    async def thumbnail(self, path: Path, side: int) -> bytes:
        """Return a WebP of some kilobytes with no side longer than `side` pixels."""
        if self._workers is None:
            return await asyncio.to_thread(thumbnail_webp, path, side)
        return await self._workers.run(thumbnail_webp, path, side)

    async def surroundings(self, mask: bytes, picture: tuple[int, int]) -> Box | None:
        """Return the part of a large picture that shows what a mask of our own paints; see `surroundings`."""
        return await asyncio.to_thread(surroundings, mask, picture)

    async def cropped(self, path: Path, box: Box) -> bytes:
        """Return a part of a picture as PNG; see `cropped`."""
        if self._workers is None:
            return await asyncio.to_thread(cropped, path, box)
        return await self._workers.run(cropped, path, box)

    async def grown(self, path: Path, margins: Margins) -> bytes:
        """Return a picture on a larger canvas; see `grow_canvas`."""
        if self._workers is None:
            return await asyncio.to_thread(grow_canvas, path, margins)
        return await self._workers.run(grow_canvas, path, margins)

    async def structure(self, path: Path, kind: MapKind, detail: float) -> bytes:
        """Return the structure of a picture as PNG; see `structure_map`."""
        if self._workers is None:
            return await asyncio.to_thread(structure_map, path, kind, detail)
        return await self._workers.run(structure_map, path, kind, detail)

    async def mask(self, path: Path, picture: tuple[int, int]) -> Picture:
        """Return the mask in a file for a picture of that size; see `mask_in`."""
        if self._workers is None:
            return await asyncio.to_thread(mask_in, path, picture)
        return await self._workers.run(mask_in, path, picture, returns=ANSWERS)


def describe_picture(path: Path, inspection: Inspection | None = None, preview_side: int = 0) -> Description:
    """Return what a file is and what `prepare_picture` will do to it; decode it only for a preview.

    The preview, for formats that browsers cannot show, has no side longer than `preview_side`; 0 means none.
    Raises InvalidImageError.
    """
    with open_picture(path) as source:
        inspection = inspection or inspect(source)
    shown = inspection.header.format in BROWSER_FORMATS or not preview_side
    png = None if shown else preview_png(path, preview_side, inspection)
    return Description(inspection.header, notes_on(inspection, plan_for(inspection)), png)


def _inspected_here(path: Path) -> Inspection | None:
    """Return what our own code finds in a file, None where a worker is to look at it."""
    with open_picture(path) as source:
        return None if format_of(source) in INSPECTED_BY_WORKERS else inspect(source)
