"""Puts results back into the originals that they were made of, one at a time: nothing is sent for it."""

import asyncio
import hashlib
from typing import Final

from client.edits.history import History
from client.edits.journal import Entry, JournalError
from client.edits.target import Pasted, Target
from client.errors import ImageEditError
from client.messages import Message
from client.models import KeptPicture, ResultPicture
from client.pictures import Pasting
from client.pictures.paste_back import Fitted, PasteBack
from client.pictures.region import scaled
from client.service.keys import redacting_logger

PNG: Final = "image/png"

_log: Final = redacting_logger(__name__)


class Pastes:
    """Puts the results of edits back into their originals; whole results stay as they are, byte for byte."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._pasting = Pasting()
        self._turn = asyncio.Lock()

    async def make(self, visitor: str, edit_id: str) -> Entry | None:
        """Put back those results of an edit that are not yet, and return the edit; None where there is none.

        A result that cannot be put back is left out. Raises ImageEditError where the history cannot be used.
        """
        async with self._turn:
            entry = await self._history.entry(visitor, edit_id)
            target = entry.target if entry else None
            missing = (
                [result for result, made in zip(entry.results, entry.pasted, strict=True) if not made] if entry else []
            )
            if target is None or not missing:
                return entry
            for result in missing:
                await self._put_back(edit_id, target, result)
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

    async def _put_back(self, edit_id: str, target: Target, result: ResultPicture) -> None:
        try:
            found = await self._pasted(target, result)
            size = target.original.width, target.original.height
            digest = await asyncio.to_thread(lambda: hashlib.sha256(found.image).hexdigest())
            picture = ResultPicture(result.path, *size, PNG, digest, len(found.image))
            outside = found.outside_change if isinstance(found, PasteBack) else 0.0
            made = Pasted(picture, found.accepted, found.confidence, outside)
            journal = await self._history.recovered_journal()
            await journal.pasted(edit_id, result, found.image, made)
        except (ImageEditError, JournalError, OSError) as error:
            # The whole result is there all the same.
            _log.warning("a result could not be put back into its original: %s", error)

    async def _pasted(self, target: Target, result: ResultPicture) -> Fitted:
        size = target.original.width, target.original.height
        files = [path.read_bytes for path in (target.original.path, result.path)]
        before, after = [await asyncio.to_thread(read) for read in files]
        if not isinstance(target.mask, KeptPicture):
            return await self._pasting.fit_to_original(before, after)
        mask, manner = await asyncio.to_thread(scaled, target.mask.path, size), target.manner
        switches = {"feather": manner.feather, "match_tone": manner.match_tone}
        if target.box:
            return await self._pasting.paste_into_crop(
                before, after, mask, target.box, inverted=manner.keep, **switches
            )
        return await self._pasting.paste_back(before, after, mask, inverted=manner.keep, **switches)
