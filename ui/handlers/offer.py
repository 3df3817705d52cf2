"""Taking over the settings that a picture carries."""

import asyncio
from dataclasses import dataclass
from typing import Any

import gradio as gr

from client import Edits, Entry, ImageEditError, Settings
from ui import html, sizes
from ui.form import Filled, Form
from ui.handlers import Updates, id_in, unchanged
from ui.handlers.fill import restored
from ui.html.offer import draw_offer
from ui.layout import Page
from ui.memory import Memory, visitor_name
from ui.project import Project, read_project
from ui.watchlist import Watchlist
from ui.words import say


async def offer_of(form: Form, watchlist: Watchlist) -> str:
    """Draw what the first picture says about how it was made that says anything; one that was declined says no more."""
    for one in form.filled:
        if one.path and str(one.path) not in watchlist.declined:
            said = await asyncio.to_thread(read_project, one.path)
            if said:
                return draw_offer(form.language, one.slot, one.number, said)
    return ""


@dataclass(frozen=True)
class OfferHandlers:
    """The handlers of what a picture in a slot offers."""

    page: Page
    memory: Memory
    edits: Edits
    settings: Settings

    async def restore(self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Fill the form in as a picture says that it was made, with its pictures where they are the visitor's own."""
        form = Form(**values)
        one = _named(event, form)
        said = await asyncio.to_thread(read_project, one.path) if one and one.path else None
        if one is None or not isinstance(said, Project):
            return {self.page.prompt.offer: ""}
        watchlist.declined.add(str(one.path))
        entry = await self._entry(visitor_name(self.settings, visitor), said)
        filled = restored(self.page, self.memory, entry, seed=said.seed) if entry else self._filled(said)
        key = "offer.restored" if entry else "offer.words_only"
        status = html.status(form.language, "idle", say(form.language, key))
        return {**filled, self.page.prompt.offer: "", self.page.prompt.status: status}

    async def dismiss(self, event: gr.EventData, *, watchlist: Watchlist, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Take the offer away, for as long as the page is open."""
        form = Form(**values)
        one = _named(event, form)
        if one is None:
            return unchanged()
        watchlist.declined.add(str(one.path))
        return {self.page.prompt.offer: await offer_of(form, watchlist)}

    async def _entry(self, visitor: str, said: Project) -> Entry | None:
        try:
            return await self.edits.history.entry(visitor, said.edit) if said.edit else None
        except ImageEditError:
            return None

    def _filled(self, said: Project) -> Updates:
        """Fill in the words and the settings; the slots stay, since a file has only thumbnails of what was sent."""
        page = self.page
        choice, width, height = sizes.chosen(said.size)
        return {
            page.prompt.text: said.prompt,
            page.negative.text: said.negative_prompt,
            page.model.model: said.model,
            page.model.seed: said.seed,
            page.model.prompt_extend: said.prompt_extend,
            page.model.watermark: said.watermark,
            page.size.n: said.n,
            page.size.size: choice,
            page.size.width: width,
            page.size.height: height,
            self.memory.set_aside: {},
        }


def _named(event: gr.EventData, form: Form) -> Filled | None:
    """Find the picture whose slot a button names."""
    return next((one for one in form.filled if str(one.slot) == id_in(event)), None)
