"""Going back and forth between the rounds of one picture."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import gradio as gr

from client import Entry, KeptPicture
from ui import html
from ui.handlers import Updates, merged
from ui.handlers.fill import restored
from ui.handlers.stage import buttons, draw_before
from ui.handlers.watch import WatchHandlers
from ui.html.lineage import draw_lineage
from ui.memory import visitor_name
from ui.watchlist import Watchlist
from ui.words import say


@dataclass(frozen=True)
class LineageHandlers:
    """The handlers of the strip under the stage. Wherever one goes, chance chooses the seed of the next edit.

    A seed that came along would buy a picture once more that is there already.
    """

    watch: WatchHandlers

    async def visit(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str
    ) -> AsyncIterator[Updates]:
        """Show a round with the pictures, the prompt and the settings that it was made with."""
        watch, watchlist.language = self.watch, language
        visitor = visitor_name(watch.settings, visitor)
        entry = await watch.find_entry(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        form = restored(watch.page, watch.memory, entry, seed=None)
        first = merged(form, await watch.shown(watchlist, visitor, entry))
        async for updates in watch.follow(watchlist, visitor, first):
            yield updates

    async def original(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str
    ) -> AsyncIterator[Updates]:
        """Go back to the picture that everything began with, and to the words of the first round."""
        async for updates in self._begin_again(event, watchlist, visitor, language, prompt=None):
            yield updates

    async def restart(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str
    ) -> AsyncIterator[Updates]:
        """Go back to it with all that was asked so far, so that it is edited once instead of again and again."""
        prompt = watchlist.lineage.instructions if watchlist.lineage else ""
        async for updates in self._begin_again(event, watchlist, visitor, language, prompt=prompt or None):
            yield updates

    async def _begin_again(
        self, event: gr.EventData, watchlist: Watchlist, visitor: str, language: str, *, prompt: str | None
    ) -> AsyncIterator[Updates]:
        watch, page, watchlist.language = self.watch, self.watch.page, language
        visitor, lineage = visitor_name(watch.settings, visitor), watchlist.lineage
        entry = await watch.find_entry(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        watchlist.clear_stage()
        watchlist.lineage = lineage and replace(lineage, here="")
        kept = next(iter(entry.pictures), None)
        form = restored(page, watch.memory, entry, seed=None)
        if prompt is not None:
            form[page.prompt.text] = prompt
        first: Updates = {
            **form,
            **draw_before(page, language, kept.path if isinstance(kept, KeptPicture) else None),
            **buttons(page, language, running=False),
            page.prompt.status: html.status(language, "idle", say(language, "status.ready")),
            page.actions.lineage: draw_lineage(language, watchlist.lineage),
            watch.memory.outcome: None,
        }
        async for updates in watch.follow(watchlist, visitor, first):
            yield updates
