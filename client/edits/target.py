"""What results are put back into: the original that a person gave, as a whole or only where they painted."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from client.errors import InvalidImageError
from client.messages import Message
from client.models import KeptPicture, ResultPicture
from client.pictures import Picture, PictureWork
from client.pictures.crop import Box
from client.pictures.region import USUAL, Manner


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The original that the results of an edit are put back into, at its own size.

    `place` is the original's among the pictures that were sent, counted from 0; `original` is the file as the person
    gave it, not as it was sent. `mask` is white where the result is to show, of any size in the original's shape;
    without one the whole result does. `box` is the part of the original that was sent, in its pixels, where it was
    not all of it.
    """

    place: int
    original: KeptPicture
    mask: Picture | KeptPicture | None = None
    manner: Manner = USUAL
    box: Box | None = None

    @property
    def pictures(self) -> tuple[Picture | KeptPicture, ...]:
        """The original and, where there is one, the mask."""
        return (self.original, self.mask) if self.mask else (self.original,)

    @property
    def painted(self) -> bool:
        """Whether only a part of the result is to show."""
        return self.mask is not None


@dataclass(frozen=True, slots=True)
class Pasted:
    """A result put back into its original: a PNG of the original's size.

    Unless `accepted` the two do not fit together, and `picture` is the whole result brought to that size. `confidence`
    goes from 0 to 1. `outside` is the share of what changed that lies outside the painted region, also from 0 to 1.
    """

    picture: ResultPicture
    accepted: bool
    confidence: float
    outside: float
    thumbnail: Path | None = None


def usable(pasted: Sequence[Pasted | None], target: Target | None, place: int) -> Pasted | None:
    """Return what the result at `place` became, None where it was not put back or may not be shown as if it were.

    What does not fit is no replacement for a region; as a whole it still has the size that was asked for.
    """
    made = pasted[place] if place < len(pasted) else None
    return made if made and target and (made.accepted or not target.painted) else None


async def original_in(path: Path, pictures: PictureWork) -> KeptPicture:
    """Return the picture in a file as it is, upright size in pixels; raises InvalidImageError."""
    header = (await pictures.describe(path, preview=False)).header
    digest = await asyncio.to_thread(_digest, path)
    return KeptPicture(path, digest, header.mime, *header.upright_size, header.size_bytes)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise InvalidImageError(Message.of("image.missing")) from None
