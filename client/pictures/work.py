"""What the page does with pictures: describe what is in a slot, prepare what is sent, draw thumbnails."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from client.messages import Message
from client.pictures.header import read
from client.pictures.isolate import IsolatedWorkers
from client.pictures.picture import SEND_SIDE, Picture, PictureHeader
from client.pictures.plan import notes_on, plan_for
from client.pictures.prepare import prepare_picture
from client.pictures.previews import BROWSER_FORMATS, preview_png, thumbnail_webp
from client.pictures.source import open_source

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Description:
    """What a file is, what will be done to it before it is sent, and a PNG of it where browsers cannot show it."""

    header: PictureHeader
    notes: tuple[Message, ...]
    preview: bytes | None = field(default=None, repr=False)


class PictureWork:
    """Works on picture files off the event loop; raises InvalidImageError for those that cannot be used.

    With `workers`, for a page that strangers use, everything that is decoded is decoded by them, and not in this
    process, where others' keys are. What must not be decoded to be sent needs none.
    """

    def __init__(self, workers: IsolatedWorkers | None = None) -> None:
        self._workers = workers

    async def describe(self, path: Path, *, preview: bool = True) -> Description:
        """Return what a file is, with a preview if `preview` and browsers cannot show it."""
        described = await asyncio.to_thread(_described, path)
        if not preview or described.header.format in BROWSER_FORMATS:
            return described
        return Description(described.header, described.notes, await self._run(preview_png, path))

    async def prepare(self, path: Path, side: int = SEND_SIDE) -> Picture:
        """Return a picture ready to be sent with no side longer than `side` pixels; see `prepare_picture`."""
        if self._workers:
            fit = await asyncio.to_thread(_is_fit, path, side)
            if fit:
                return await asyncio.to_thread(prepare_picture, path, side)
        return await self._run(prepare_picture, path, side)

    async def thumbnail(self, path: Path, side: int) -> bytes:
        """Return a WebP of some kilobytes with no side longer than `side` pixels."""
        return await self._run(thumbnail_webp, path, side)

    async def _run(self, function: Callable[..., Result], *args: object) -> Result:
        if self._workers:
            return await self._workers.run(function, *args, returns={Picture, Message})
        return await asyncio.to_thread(function, *args)


def _described(path: Path) -> Description:
    with open_source(path) as source:
        reading = read(source)
        return Description(reading.header, notes_on(reading, plan_for(reading)))


def _is_fit(path: Path, side: int) -> bool:
    with open_source(path) as source:
        return plan_for(read(source), side).as_is
