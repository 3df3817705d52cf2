"""Structure maps: made of a picture in a slot, or drawn on a blank sheet for an empty one."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from client import ImageEditError, InvalidImageError, Message
from client.pictures.structure import draw_sketch
from ui import html, sizes
from ui.form import Form
from ui.handlers import Updates, unchanged
from ui.handlers.region import RegionHandlers, why_not_made
from ui.handlers.stage import only_maker, only_painter
from ui.html.painter import draw_maker, draw_pad
from ui.layout import NUMBERS
from ui.outcome import Outcome
from ui.previews import keep_made, keep_preview
from ui.structure import SKETCH, Made, Structure, unworded, worded
from ui.watchlist import Watchlist
from ui.words import say

Known = dict[str, Made]
Way = Literal["instead", "beside", "back"]


@dataclass(frozen=True, slots=True)
class Put:
    """A picture for a slot, the prompt that goes with it, and what it was made of."""

    slot: int
    path: Path
    wording: str
    made: Made | None = None


@dataclass(frozen=True)
class StructureHandlers:
    """The handlers of the map maker and of the sketch pad, which stand where the painter does."""

    region: RegionHandlers

    def open(self, slot: int, *, watchlist: Watchlist, made: Known, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Put the maker on the stage for what is in a slot, and the pad for an empty one or for a sketch."""
        page, form = self.region.watch.page, Form(**values)
        one = next((one for one in form.filled if one.slot == slot), None)
        known = made.get(str(one.path)) if one else None
        structure = known.structure.model_copy(update={"slot": slot}) if known else Structure(slot=slot)
        if one is None or structure.kind == SKETCH:
            pad = only_painter(page, draw_pad(form.language, structure))
            number = one.number if one else 1 + sum(each.slot < slot for each in form.filled)
            return self._opened(watchlist, form, pad, "sketch.heading", number)
        source = _source(form, structure, made)
        if source is None or not source.is_file():
            return self.region.said(form.language, say(form.language, "region.no_picture"))
        shown = one.shown if known is None and one.shown else source
        free = next((number for number in NUMBERS if number not in {each.slot for each in form.filled}), None)
        maker = only_maker(page, draw_maker(form.language, shown, structure, known=known is not None, free=free))
        return self._opened(watchlist, form, maker, "structure.heading", one.number)

    def _opened(self, watchlist: Watchlist, form: Form, shown: Updates, title: str, number: int) -> Updates:
        page, memory, language = self.region.watch.page, self.region.watch.memory, form.language
        # What runs there goes on beside the stage.
        watchlist.clear_stage()
        heading = html.heading(say(language, title, number=number), say(language, "structure.sub"))
        return {page.stage.heading: heading, **shown, memory.repainted: "", memory.structure: "", memory.preview: ""}

    async def preview(self, *, structure: str, made: Known, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Make the map that is chosen now, and say where it is."""
        form, chosen, memory = Form(**values), Structure.read(structure), self.region.watch.memory
        if chosen is None or chosen.kind == SKETCH:
            return unchanged()
        try:
            preview = await asyncio.to_thread(keep_preview, await self._map(form, chosen, made))
        except (ImageEditError, OSError) as error:
            return {memory.preview: "", **self.region.said(form.language, why_not_made(form.language, error))}
        return {memory.preview: html.file_url(preview)}

    async def use(  # noqa: PLR0913 - what is on the stage, and what was made
        self,
        *,
        way: Way = "instead",
        watchlist: Watchlist,
        outcome: Outcome | None,
        selected: int,
        whole: bool,
        structure: str,
        made: Known,
        **values: Any,  # noqa: ANN401 - see Form
    ) -> Updates:
        """Put the map into its slot, or into a free one beside its picture, and say in the prompt what it is.

        Or put `back` what it was made of.
        """
        form, chosen = Form(**values), Structure.read(structure)
        page, memory = self.region.watch.page, self.region.watch.memory
        try:
            put = await self._put(form, chosen, made, way) if chosen else None
        except (ImageEditError, OSError) as error:
            # The browser writes whatever it is told to, once more as well.
            kept = form.prompt if way == "back" else ""
            return {memory.wording: kept, **self.region.said(form.language, why_not_made(form.language, error))}
        if put:
            values |= {f"picture_{put.slot}": str(put.path), f"url_{put.slot}": ""}
        closed = await self.region.closed(watchlist, outcome, selected, whole=whole, values=values)
        if put is None:
            return {**closed, memory.wording: ""}
        slot = page.slots[put.slot - 1]
        known = {**made, str(put.path): put.made} if put.made else made
        return {
            **closed,
            slot.picture: str(put.path),
            slot.url: "",
            memory.made: known,
            memory.wording: put.wording,
        }

    async def _put(self, form: Form, chosen: Structure, made: Known, way: Way) -> Put | None:
        """Return what goes where; None for an empty sheet. Raises ImageEditError and OSError."""
        taken, source = {one.slot for one in form.filled}, _source(form, chosen, made)
        free = next((number for number in NUMBERS if number not in taken), chosen.slot)
        slot = free if way == "beside" else chosen.slot
        number = 1 + sum(each < slot for each in taken)
        if way == "back":
            if source is None or not source.is_file():
                raise InvalidImageError(Message.of("image.missing"))
            return Put(slot, source, unworded(form.prompt, number))
        if chosen.kind == SKETCH and not chosen.strokes:
            return None
        png = await self._map(form, chosen, made)
        name = f"{source.stem}-{chosen.kind}.png" if source else f"{SKETCH}.png"
        path = await asyncio.to_thread(keep_made, name, png)
        return Put(slot, path, worded(form.language, form.prompt, chosen.kind, number), Made(chosen, source))

    async def _map(self, form: Form, chosen: Structure, made: Known) -> bytes:
        """Return the picture that was chosen or drawn; raises ImageEditError and OSError."""
        if chosen.kind == SKETCH:
            return await asyncio.to_thread(draw_sketch, chosen.strokes, sizes.SHAPES[chosen.shape])
        source = _source(form, chosen, made)
        if source is None:
            raise InvalidImageError(Message.of("image.missing"))
        return await self.region.slots.pictures.structure(source, chosen.kind, chosen.detail / 100)


def _source(form: Form, chosen: Structure, made: Known) -> Path | None:
    """Return the file that a map is made of: what lies in its slot, or what that was made of; None for a sketch."""
    one = next((one for one in form.filled if one.slot == chosen.slot), None)
    if one is None or chosen.kind == SKETCH:
        return None
    known = made.get(str(one.path))
    return known.source if known else one.path
