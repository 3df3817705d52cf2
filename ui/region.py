"""The region that a person painted: as the browser says it, and as what an edit's results are put back into."""

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from client import Entry, InvalidRequestError, KeptPicture, Message
from client.edits.history import History
from client.edits.target import Target, original_in
from client.pictures import Picture, PictureWork
from client.pictures.picture import MIMES
from client.pictures.previews import BROWSER_FORMATS
from client.pictures.region import Manner, Stroke, draw_mask, grown, is_full
from ui import sizes
from ui.form import Filled, Form
from ui.html import file_url

MOST_CHARACTERS: Final = 400_000
MOST_STROKES: Final = 2000
MOST_POINTS: Final = 20_000
# A movement may begin or end a little beside the picture.
BESIDE: Final = 1.0
# What every browser shows.
BROWSER_MIMES: Final = frozenset(MIMES[name] for name in BROWSER_FORMATS)
GROWN: Final = 0.03  # of the longer side
Text = Annotated[str, Field(max_length=2000)]


def _within_bounds(strokes: Sequence[Stroke]) -> Sequence[Stroke]:
    points = [point for stroke in strokes for point in stroke.points]
    if len(points) > MOST_POINTS or any(not stroke.points for stroke in strokes):
        message = "too many points, or none"
        raise ValueError(message)
    places = [number for point in points for number in point]
    widths = [stroke.width for stroke in strokes]
    if not all(math.isfinite(number) and -BESIDE <= number <= 1 + BESIDE for number in [*places, *widths]):
        message = "too far away"
        raise ValueError(message)
    return strokes


# What a browser says was painted.
Strokes = Annotated[tuple[Stroke, ...], Field(max_length=MOST_STROKES), AfterValidator(_within_bounds)]


class Said(BaseModel):
    """What a browser says of a part of the page, as JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def read(cls, said: object) -> Self | None:
        """Read what the browser says; None where it says nothing of use."""
        if not isinstance(said, str) or not said or len(said) > MOST_CHARACTERS:
            return None
        try:
            return cls.model_validate_json(said)
        except ValidationError:
            return None


class Region(Said):
    """What was painted on which picture: a slot's, by its file, or that of an `edit` that has ended, by its id.

    `base` is the file of a mask that the strokes go over, `keep`, `feather` and `tone` are as in `Manner`. `crop` sends
    only the surroundings of the region where the picture is large. From 0 on, `mixes` is the place of a result: what
    was painted is not a region, but where other results are to show in it.
    """

    picture: Text = ""
    edit: Text = ""
    base: Text = ""
    strokes: Strokes = ()
    keep: bool = False
    feather: bool = True
    tone: bool = True
    crop: bool = True
    mixes: int = -1

    @property
    def manner(self) -> Manner:
        """How the results are to be put back."""
        return Manner(self.keep, self.feather, self.tone)

    def drawn(self) -> str:
        """Return it as the painter on the page reads it, with an address for the mask."""
        base = file_url(Path(self.base)) if self.base else ""
        return json.dumps({**self.model_dump(mode="json"), "base_url": base})

    async def mask(self, size: tuple[int, int], history: History, visitor: str) -> Picture | None:
        """Return the mask for a picture of that size; None where nothing is painted.

        Raises InvalidRequestError where all of it is.
        """
        base = Path(self.base) if self.base else None
        # Only who has a mask can have it looked at: it is a picture, too.
        if base and not await history.owns(visitor, base):
            base = None
        try:
            mask = await asyncio.to_thread(draw_mask, self.strokes, size, base)
        except OSError:
            mask = await asyncio.to_thread(draw_mask, self.strokes, size)
        if mask and is_full(mask):
            raise InvalidRequestError(Message.of("mask.all"))
        return mask


def region_in(form: Form) -> tuple[Region, Filled] | None:
    """Return the region that the form holds, with its picture; None where that is not in a slot any more."""
    region = Region.read(form.region)
    one = next((one for one in form.filled if one.path and region and str(one.path) == region.picture), None)
    return (region, one) if region and one else None


async def target_in(form: Form, pictures: PictureWork, history: History, visitor: str) -> Target | None:
    """Return what the results of an edit as in the form are put back into; None where they stay as they come.

    Raises ImageEditError where the picture or what was painted on it cannot be used.
    """
    found = region_in(form)
    if found is None:
        return await _whole_target(form, pictures)
    region, one = found
    original = await original_in(Path(region.picture), pictures)
    size = original.width, original.height
    mask = await region.mask(size, history, visitor)
    if mask is None:
        return None
    # What is to be kept may be anywhere; and no browser could show the whole of other formats beside the result.
    can_crop = region.crop and not region.keep and original.mime in BROWSER_MIMES
    box = await pictures.surroundings(mask.data, size) if can_crop else None
    return Target(place=one.number - 1, original=original, mask=mask, manner=region.manner, box=box)


async def _whole_target(form: Form, pictures: PictureWork) -> Target | None:
    """Return the picture whose size the results are to have; raises InvalidRequestError where it is not there."""
    if form.size not in sizes.SAME:
        return None
    number = sizes.SAME[form.size]
    one = next((one for one in form.filled if one.number == number and one.path), None)
    if one is None or one.path is None:
        raise InvalidRequestError(Message.of("request.same_size", number=number))
    return Target(place=number - 1, original=await original_in(one.path, pictures))


def region_of(entry: Entry, picture: Path | None = None) -> Region | None:
    """Return the region of an edit: to be painted again, or as that of a `picture` in a slot for another edit."""
    target = entry.target
    if target is None or not isinstance(target.mask, KeptPicture):
        return None
    manner = target.manner
    return Region(
        picture=str(picture or ""),
        edit="" if picture else entry.id,
        base=str(target.mask.path),
        keep=manner.keep,
        feather=manner.feather,
        tone=manner.match_tone,
        crop=target.box is not None,
    )


async def grown_region(target: Target) -> Picture | None:
    """Return the mask of a target with a wider edge; None where there is none, or nothing would be left outside."""
    if not isinstance(target.mask, KeptPicture):
        return None
    mask = await asyncio.to_thread(grown, target.mask.path, GROWN)
    return None if is_full(mask) else mask
