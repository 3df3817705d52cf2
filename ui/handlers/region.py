"""Painting where a picture may change, before an edit and after it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from client import Entry, ImageEditError
from client.edits.target import Target
from client.pictures.canvas import Margins
from client.pictures.crop import LARGE, is_within
from ui import html
from ui.form import Form
from ui.handlers import Updates, unchanged
from ui.handlers.ended import draw_outcome
from ui.handlers.slots import SlotHandlers
from ui.handlers.stage import only_painter
from ui.handlers.watch import WatchHandlers
from ui.html.painter import draw_painter
from ui.layout.ask import SIDES
from ui.memory import visitor_name
from ui.outcome import Outcome, of_entry
from ui.previews import keep_made
from ui.region import Region, grown_region, region_in, region_of
from ui.watchlist import Watchlist
from ui.words import say, tell


@dataclass(frozen=True)
class RegionHandlers:
    """The handlers of the painter, and of what is said of results that were put back into their original."""

    watch: WatchHandlers
    slots: SlotHandlers

    def open(self, number: int | None, *, watchlist: Watchlist, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Put the painter on the stage, over the picture in a slot; without a number, over that of the region."""
        page, memory, form = self.watch.page, self.watch.memory, Form(**values)
        found = region_in(form)
        slot = number or (found[1].slot if found else None)
        one = next((one for one in form.filled if one.path and slot in {None, one.slot}), None)
        if one is None or one.shown is None or not one.shown.is_file():
            return {page.prompt.status: html.status(form.language, "failed", say(form.language, "region.no_picture"))}
        region = found[0] if found and found[1] == one else Region(picture=str(one.path))
        # What runs there goes on beside the stage.
        watchlist.clear_stage()
        heading = say(form.language, "paint.heading", number=one.number), say(form.language, "paint.sub")
        width, height = form.picture_sizes.get(one.number, (0, 0))
        drawn = draw_painter(form.language, one.shown, region.drawn(), large=width * height >= LARGE)
        return {page.stage.heading: html.heading(*heading), **only_painter(page, drawn), memory.repainted: ""}

    async def grow_canvas(
        self,
        *,
        sides: list[str] | None,
        amount: float | None,
        **values: Any,  # noqa: ANN401 - see Form
    ) -> Updates:
        """Put a picture with a larger canvas into its slot, with the new area as what may change, and a sentence."""
        page, memory, form = self.watch.page, self.watch.memory, Form(**values)
        found, chosen = region_in(form), [side for arrow, side in SIDES.items() if arrow in (sides or ())]
        one = found[1] if found else next((one for one in form.filled if one.path), None)
        if one is None or one.path is None or not chosen:
            return {memory.wording: "", **self.said(form.language, say(form.language, "region.no_picture"))}
        margins = Margins(**dict.fromkeys(chosen, min(max(amount or 0.0, 0.0), 100.0) / 100))
        try:
            png = await self.slots.pictures.grown(one.path, margins)
            path = await asyncio.to_thread(keep_made, f"{one.path.stem}.png", png)
        except (ImageEditError, OSError) as error:
            # What the browser wrote before is not to be written again.
            return {memory.wording: "", **self.said(form.language, why_not_made(form.language, error))}
        sentence, written = say(form.language, "canvas.prompt"), form.prompt.strip()
        return {
            page.slots[one.slot - 1].picture: str(path),
            memory.region: Region(picture=str(path), strokes=margins.added).model_dump_json(),
            memory.wording: written if sentence in written else f"{written}\n{sentence}".strip(),
            page.region.sides: [],
            page.prompt.note: html.note(say(form.language, "canvas.done")),
        }

    async def repaint(self, *, language: str, visitor: str, outcome: Outcome | None) -> Updates:
        """Put the painter on the stage, over the picture that the results were put back into."""
        page, memory = self.watch.page, self.watch.memory
        entry = await self._entry(visitor, outcome)
        region = region_of(entry) if isinstance(entry, Entry) else None
        picture = outcome.pictures[entry.target.place] if outcome and entry and entry.target else None
        if region is None or picture is None:
            return {page.prompt.status: html.status(language, "failed", say(language, "history.files_gone"))}
        heading = say(language, "pasted.paint"), say(language, "paint.sub_again")
        drawn = draw_painter(language, picture, region.drawn(), again=True)
        return {
            page.stage.heading: html.heading(*heading),
            **only_painter(page, drawn),
            memory.repainted: region.model_dump_json(),
        }

    def mix(self, *, language: str, outcome: Outcome | None, selected: int) -> Updates:
        """Put the painter on the stage, over a result, to choose where another one shows in it."""
        page, memory = self.watch.page, self.watch.memory
        made = outcome.pasted_at(selected) if outcome else None
        if outcome is None or made is None or not made.picture.path.is_file():
            return {page.prompt.status: html.status(language, "failed", say(language, "history.files_gone"))}
        found = ((place, outcome.pasted_at(place)) for place in range(len(outcome.pasted)) if place != selected)
        others = [(place, one.picture.path) for place, one in found if one]
        region = Region(edit=outcome.id, mixes=selected)
        drawn = draw_painter(language, made.picture.path, region.drawn(), again=True, results=others)
        heading = html.heading(say(language, "pasted.mix"), say(language, "paint.sub_again"))
        return {page.stage.heading: heading, **only_painter(page, drawn), memory.repainted: region.model_dump_json()}

    async def done(  # noqa: PLR0913 - what is on the stage, and what was painted
        self,
        *,
        watchlist: Watchlist,
        visitor: str,
        outcome: Outcome | None,
        selected: int,
        whole: bool,
        repainted: str,
        **values: Any,  # noqa: ANN401 - see Form
    ) -> AsyncIterator[Updates]:
        """Take the painter from the stage; results that were painted again are put back anew."""
        watchlist.language = values["language"]
        again = Region.read(repainted)
        if again and again.edit:
            entry = await self._entry(visitor, outcome)
            if entry and entry.target and entry.id == again.edit:
                work = self._mixed if again.mixes >= 0 else self._again
                async for updates in work(watchlist, visitor, entry, again):
                    yield updates
                return
        yield await self.closed(watchlist, outcome, selected, whole=whole, values=values) or unchanged()

    async def _again(self, watchlist: Watchlist, visitor: str, entry: Entry, region: Region) -> AsyncIterator[Updates]:
        target, history = entry.target, self.watch.edits.history
        assert target is not None, "asked before"  # noqa: S101 - states what the type cannot
        try:
            size = target.original.width, target.original.height
            mask = await region.mask(size, history, visitor_name(self.watch.settings, visitor))
        except ImageEditError as error:
            yield self.said(watchlist.language, tell(watchlist.language, error.message))
            return
        if mask is None:
            yield self.said(watchlist.language, say(watchlist.language, "paint.nothing"))
            return
        if target.box and not await asyncio.to_thread(is_within, mask.data, size, target.box):
            yield self.said(watchlist.language, say(watchlist.language, "pasted.not_sent"))
            return
        changed = replace(target, mask=mask, manner=region.manner)
        async for updates in self._put_back(watchlist, visitor, entry, changed):
            yield updates

    async def _mixed(self, watchlist: Watchlist, visitor: str, entry: Entry, region: Region) -> AsyncIterator[Updates]:
        language, watch, name = watchlist.language, self.watch, visitor_name(self.watch.settings, visitor)
        yield {watch.page.prompt.status: html.status(language, "busy", say(language, "pasted.working"), elapsed=0)}
        try:
            made = await watch.edits.pastes.mix(name, entry.id, region.mixes, region.strokes)
        except ImageEditError as error:
            yield self.said(language, tell(language, error.message))
            return
        if made and not watchlist.busy:
            outcome = of_entry(made)
            shown = await watch.ended(watchlist, name, outcome)
            drawn = draw_outcome(watch.page, language, shown[watch.memory.outcome], watch.settings, region.mixes)
            yield {**shown, **drawn, watch.memory.selected: region.mixes, watch.memory.repainted: ""}

    async def grow(
        self, *, watchlist: Watchlist, visitor: str, language: str, outcome: Outcome | None
    ) -> AsyncIterator[Updates]:
        """Put the results back with a wider region; nothing is sent for it."""
        # Gradio empties whatever a generator could have written to that ends without a word.
        yield unchanged()
        watchlist.language = language
        entry = await self._entry(visitor, outcome)
        mask = await grown_region(entry.target) if entry and entry.target else None
        if entry and entry.target and mask:
            changed = replace(entry.target, mask=mask)
            async for updates in self._put_back(watchlist, visitor, entry, changed):
                yield updates

    async def _put_back(
        self, watchlist: Watchlist, visitor: str, entry: Entry, target: Target
    ) -> AsyncIterator[Updates]:
        language, watch = watchlist.language, self.watch
        yield {watch.page.prompt.status: html.status(language, "busy", say(language, "pasted.working"), elapsed=0)}
        name = visitor_name(watch.settings, visitor)
        try:
            made = await watch.edits.pastes.change(name, entry.id, target)
        except ImageEditError as error:
            yield self.said(language, tell(language, error.message))
            return
        if made and not watchlist.busy:
            yield await watch.ended(watchlist, name, of_entry(made)) | {watch.memory.repainted: ""}

    def said(self, language: str, text: str) -> Updates:
        """Say in the status line what does not go."""
        return {self.watch.page.prompt.status: html.status(language, "failed", text)}

    async def remove(
        self,
        *,
        watchlist: Watchlist,
        outcome: Outcome | None,
        selected: int,
        whole: bool,
        **values: Any,  # noqa: ANN401 - see Form
    ) -> Updates:
        """Forget what was painted, and take the painter from the stage."""
        values["region"] = ""
        closed = await self.closed(watchlist, outcome, selected, whole=whole, values=values)
        return {**closed, self.watch.memory.region: ""}

    async def closed(
        self, watchlist: Watchlist, outcome: Outcome | None, selected: int, *, whole: bool, values: dict[str, Any]
    ) -> Updates:
        """Show what was on the stage before the painter; an edit that is shown there meanwhile stays."""
        if watchlist.busy:
            return {}
        if outcome and outcome.kind == "done":
            page, language = self.watch.page, values["language"]
            return draw_outcome(page, language, outcome, self.watch.settings, selected, whole=whole)
        return await self.slots.look(watchlist=watchlist, outcome=None, **values)

    async def _entry(self, visitor: str, outcome: Outcome | None) -> Entry | None:
        if outcome is None or not outcome.id:
            return None
        try:
            return await self.watch.edits.history.entry(visitor_name(self.watch.settings, visitor), outcome.id)
        except ImageEditError:
            return None


def why_not_made(language: str, error: ImageEditError | OSError) -> str:
    """Say why a picture could not be made of another one."""
    return tell(language, error.message) if isinstance(error, ImageEditError) else say(language, "download.failed")
