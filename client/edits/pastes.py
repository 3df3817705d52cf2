"""Puts results back into the originals that they were made of, one at a time: nothing is sent for it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from client.edits.history import History
from client.edits.journal import Entry, JournalError
from client.edits.target import Pasted, Target, usable
from client.errors import ImageEditError
from client.messages import Message
from client.models import KeptPicture, ResultPicture
from client.pictures import Pasting
from client.pictures.mosaic import draw_choice, mosaic
from client.pictures.openraster import Layer
from client.pictures.paste_back import Fitted, PasteBack
from client.pictures.region import Stroke, scaled
from client.service.keys import redacting_logger

PNG: Final = "image/png"
LOOKED_AT: Final = 1600  # px of the longer side of what is only looked at
MOST_LOOKING: Final = 4  # that wait at a time: they are made for the eye, and results that are put back come first

_log: Final = redacting_logger(__name__)


class Pastes:
    """Puts the results of edits back into their originals; whole results stay as they are, byte for byte."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._pasting = Pasting()
        self._turn = asyncio.Lock()
        self._looking = 0

    async def make(self, visitor: str, edit_id: str) -> Entry | None:
        """Put back those results of an edit that are not yet, and return the edit; None where there is none.

        A result that cannot be put back is left out. Raises ImageEditError where the history cannot be used.
        """
        async with self._turn:
            entry = await self._history.entry(visitor, edit_id)
            if entry is None or entry.target is None or all(entry.pasted):
                return entry
            for result, made in zip(entry.results, entry.pasted, strict=True):
                if made is None:
                    await self._put_back(edit_id, entry.target, result)
        return await self._history.entry(visitor, edit_id)

    async def change(self, visitor: str, edit_id: str, target: Target) -> Entry | None:
        """Put the results of an edit back in another way than before; otherwise like `make`.

        The original stays that of the edit, whatever `target` names.
        """
        if await self._history.entry(visitor, edit_id) is None:
            return None
        journal = await self._history.recovered_journal()
        try:
            await journal.change_target(edit_id, target)
        except (JournalError, OSError):
            raise ImageEditError(Message.of("request.journal")) from None
        return await self.make(visitor, edit_id)

    async def laid_over(self, original: Path, result: Path) -> bytes | None:
        """Return a result as it lies over a picture, to be looked at; see `Pasting.laid_over`.

        None too where it cannot be made, or where many wait for such pictures.
        """
        if self._looking >= MOST_LOOKING:
            return None
        self._looking += 1
        try:
            before, after = [await asyncio.to_thread(path.read_bytes) for path in (original, result)]
            return await self._pasting.laid_over(before, after, LOOKED_AT)
        except (ImageEditError, OSError) as error:
            _log.warning("a result could not be laid over its original: %s", error)
            return None
        finally:
            self._looking -= 1

    async def layers(self, layers: Sequence[Layer]) -> bytes:
        """Return pictures as layers of one file; see `open_raster`."""
        return await self._pasting.open_raster(layers)

    async def mix(self, visitor: str, edit_id: str, base: int, strokes: Sequence[Stroke]) -> Entry | None:
        """Make the best of each of the result at `base`, as it was put back: another one shows where strokes are.

        Otherwise like `make`. Raises ImageEditError where it cannot be made or kept.
        """
        async with self._turn:
            entry = await self._history.entry(visitor, edit_id)
            ground = usable(entry.pasted, entry.target, base) if entry else None
            if entry is None or ground is None:
                return entry
            made = [usable(entry.pasted, entry.target, place) for place in range(len(entry.results))]
            paths = [one.picture.path if one else None for one in made]
            try:
                image = await asyncio.to_thread(
                    _mixed, paths, strokes, (ground.picture.width, ground.picture.height), base
                )
                await self._keep(edit_id, entry.results[base], image, ground)
            except (JournalError, OSError):
                raise ImageEditError(Message.of("request.journal")) from None
        return await self._history.entry(visitor, edit_id)

    async def _put_back(self, edit_id: str, target: Target, result: ResultPicture) -> None:
        try:
            found = await self._pasted(target, result)
            size = target.original.width, target.original.height
            picture = ResultPicture(result.path, *size, PNG, "", 0)
            outside = found.outside_change if isinstance(found, PasteBack) else 0.0
            await self._keep(edit_id, result, found.image, Pasted(picture, found.accepted, found.confidence, outside))
        except (ImageEditError, JournalError, OSError) as error:
            # The whole result is there all the same.
            _log.warning("a result could not be put back into its original: %s", error)

    async def _keep(self, edit_id: str, result: ResultPicture, image: bytes, made: Pasted) -> None:
        """Keep the PNG that a result became; what its picture says of the file is said anew."""
        digest = await asyncio.to_thread(lambda: hashlib.sha256(image).hexdigest())
        picture = replace(made.picture, sha256=digest, size_bytes=len(image))
        journal = await self._history.recovered_journal()
        await journal.pasted(edit_id, result, image, replace(made, picture=picture))

    async def _pasted(self, target: Target, result: ResultPicture) -> Fitted:
        size = target.original.width, target.original.height
        files = [path.read_bytes for path in (target.original.path, result.path)]
        before, after = [await asyncio.to_thread(read) for read in files]
        if not isinstance(target.mask, KeptPicture):
            return await self._pasting.fit_to_original(before, after)
        mask, manner = await asyncio.to_thread(scaled, target.mask.path, size), target.manner
        switches = {"inverted": manner.keep, "feather": manner.feather, "match_tone": manner.match_tone}
        if target.box:
            return await self._pasting.paste_into_crop(before, after, mask, target.box, **switches)
        return await self._pasting.paste_back(before, after, mask, **switches)


def _mixed(paths: Sequence[Path | None], strokes: Sequence[Stroke], size: tuple[int, int], base: int) -> bytes:
    return mosaic([path.read_bytes() if path else None for path in paths], draw_choice(strokes, size), base)
