"""Watching edits: the one on the stage, those beside it, and those that a page finds when it comes back."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import gradio as gr

from client import Edit, Edits, Entry, ImageEditError, Message, Settings
from ui import aside, html
from ui.desk import Desk, Watched
from ui.handlers import Updates, merged, unchanged
from ui.handlers.outcome import draw_outcome
from ui.handlers.restore import restored
from ui.handlers.scene import draw_preparing, draw_progress
from ui.handlers.speech import Speech
from ui.layout import EDIT, Page
from ui.memory import Memory
from ui.outcome import Outcome, of_edit, of_entry, of_lost
from ui.visitors import whose
from ui.words import say, tell

ENDED_KEPT: Final = 8  # beside the stage; all of them are in the history
JUST_ENDED: Final = 600.0  # seconds: an edit that ended longer ago is looked for in the history


@dataclass(frozen=True)
class WatchHandlers:
    """Shows on a page how edits go; nothing here starts or ends any."""

    page: Page
    memory: Memory
    edits: Edits
    settings: Settings

    async def follow(self, desk: Desk, visitor: str, first: Updates | None = None) -> AsyncIterator[Updates]:
        """Show how the edits of this page go until none is running, or until a later event takes over.

        `first` is shown with the first of it. What is said of the stage is always the whole of it, see `Speech`.
        """
        turn, told, speech = desk.take_turn(), None, Speech(first)
        while desk.turn == turn:
            running = self._running(visitor)
            seen = {edit.id: edit.changes for edit in running}
            for edit in running:
                if not desk.has(edit.id):
                    desk.notice(await self._watched(edit))
            now, listed = self._now(desk), self._listed(desk)
            stage = await self._stage(desk, visitor) if now != told else {}
            if listed != desk.listed and not stage:
                await speech.settle()
            if desk.turn == turn and (stage or speech.pending or listed != desk.listed):
                yield speech.word({**stage, self.page.prompt.aside: listed})
                told, desk.listed = now, listed
            if not running:
                break
            awaited = next((edit for edit in running if desk.shown and edit.id == desk.shown.id), running[0])
            await awaited.changed(seen[awaited.id])
        if desk.turn != turn:
            # When this ends, Gradio writes the last of it once more, over what a later event may have written since.
            yield unchanged()

    def _running(self, visitor: str) -> list[Edit]:
        return [edit for edit in self.edits.recent(visitor) if not edit.stopped]

    async def _watched(self, edit: Edit) -> Watched:
        try:
            entry = await self.edits.history.entry(edit.visitor, edit.id)
        except ImageEditError:
            # The history cannot be read any more; the edit itself goes on, and says how it ends.
            entry = None
        return Watched.of_entry(entry) if entry else Watched.of_edit(edit, None)

    def _now(self, desk: Desk) -> object:
        """Give all that the stage depends on while an edit runs there."""
        edit = self.edits.find(desk.shown.id) if desk.shown else None
        return desk.shown and (desk.language, desk.shown.id, edit and (edit.progress, edit.done, edit.stopped))

    async def _stage(self, desk: Desk, visitor: str) -> Updates:
        """Say how far the edit on the stage is, or how it ended."""
        watched = desk.shown
        edit = self.edits.find(watched.id) if watched else None
        if watched and edit:
            elapsed = time.monotonic() - edit.started
            if edit.done or edit.stopped:
                return self.ended(desk, of_edit(watched, edit, elapsed))
            return draw_progress(self.page, desk.language, watched, edit.progress, elapsed)
        if watched is None:
            return {}
        try:
            entry = await self.edits.history.entry(visitor, watched.id)
            reason = Message.of("history.missing")
        except ImageEditError as error:
            entry, reason = None, error.message
        return self.ended(desk, of_entry(entry) if entry else of_lost(watched, reason))

    def ended(self, desk: Desk, outcome: Outcome) -> Updates:
        """Show how an edit ended, and remember it as the one that the stage shows."""
        desk.shown, desk.preparing = None, 0
        return {
            **draw_outcome(self.page, desk.language, outcome, self.settings),
            self.memory.outcome: outcome,
            self.memory.selected: 0,
        }

    def _listed(self, desk: Desk) -> str:
        """Draw the list of the edits beside the stage."""
        edits = {edit_id: self.edits.find(edit_id) for edit_id in desk.aside}
        ended = [edit_id for edit_id, edit in edits.items() if edit is None or edit.done]
        left = [edit_id for edit_id, edit in edits.items() if edit and edit.stopped and not edit.done]
        for edit_id in ended[:-ENDED_KEPT] + left:
            desk.forget(edit_id)
        rows = [aside.row_of(watched, self.edits.find(watched.id)) for watched in reversed(desk.aside.values())]
        return aside.drawn(desk.language, rows)

    async def found(self, desk: Desk, visitor: str, language: str) -> Updates:
        """Show to a page that comes back what is running, in the form too, and what has just ended."""
        desk.language = language
        try:
            found = await self._found(desk, whose(self.settings, visitor))
        except ImageEditError:
            # The history says what is wrong with it; the page can be used until something is to be written down.
            return {}
        return {**found, **await self.relist(desk=desk, language=language)}

    async def _found(self, desk: Desk, visitor: str) -> Updates:
        ended = await self.edits.history.ended(visitor, time.time() - JUST_ENDED, ENDED_KEPT)
        # The last one, and whatever may have been paid for and brought nothing.
        for one in reversed(ended):
            if one is ended[0] or one.state in aside.MAYBE:
                desk.notice(Watched.of_entry(one))
        for edit in self._running(visitor):
            desk.show(await self._watched(edit))
        if desk.shown is None:
            return {}
        entry = await self.edits.history.entry(visitor, desk.shown.id)
        return merged(
            self._form_of(entry) if entry else {}, draw_preparing(self.page, desk.language, desk.shown.picture)
        )

    async def forget_deleted(self, *, desk: Desk, visitor: str, language: str, outcome: Outcome | None) -> Updates:
        """Take what was deleted in the history from the stage and from the list under Run.

        The stage itself is drawn by whoever looks at the slots next, since it shows the examples or a picture then.
        """
        visitor = whose(self.settings, visitor)
        for edit_id in list(desk.aside):
            if await self._is_deleted(edit_id, visitor):
                desk.forget(edit_id)
        gone: Updates = {}
        if outcome and outcome.id and await self._is_deleted(outcome.id, visitor):
            gone = {self.memory.outcome: None}
        return {**await self.relist(desk=desk, language=language), **gone}

    async def _is_deleted(self, edit_id: str, visitor: str) -> bool:
        edit = self.edits.find(edit_id)
        try:
            return (edit is None or edit.done) and await self.edits.history.entry(visitor, edit_id) is None
        except ImageEditError:
            return False  # the history says what is wrong with it

    async def relist(self, *, desk: Desk, language: str) -> Updates:
        """Draw the list under Run, perhaps in another language."""
        desk.language = language
        desk.listed = self._listed(desk)
        return {self.page.prompt.aside: desk.listed}

    def _form_of(self, entry: Entry) -> Updates:
        """Fill the form in as it was left: with no seed where none was chosen, or the same would be made once more."""
        return restored(self.page, self.memory, entry, seed=None if entry.drawn else entry.request.seed)

    async def go_on(self, *, desk: Desk, visitor: str) -> AsyncIterator[Updates]:
        """Follow what was found."""
        # Gradio empties whatever a generator could have written to that ends without a word.
        yield unchanged()
        async for updates in self.follow(desk, whose(self.settings, visitor)):
            yield updates

    async def show(self, event: gr.EventData, *, desk: Desk, visitor: str, language: str) -> AsyncIterator[Updates]:
        """Put an edit on the stage, one that runs or one that has ended."""
        desk.language, visitor = language, whose(self.settings, visitor)
        entry = await self.named(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        first = {self.page.views.tabs: gr.update(selected=EDIT), **self._shown(desk, entry)}
        async for updates in self.follow(desk, visitor, first):
            yield updates

    async def named(self, event: gr.EventData, visitor: str, language: str) -> Entry | Updates:
        """Find the edit that a button names, or say in the status line why it cannot be found."""
        edit_id = getattr(event, "id", None)
        try:
            entry = await self.edits.history.entry(visitor, edit_id) if isinstance(edit_id, str) else None
            said = say(language, "history.missing")
        except ImageEditError as error:
            entry, said = None, tell(language, error.message)
        to_the_form: Updates = {self.page.views.tabs: gr.update(selected=EDIT)}
        return entry or {**to_the_form, self.page.prompt.status: html.status(language, "failed", said)}

    def _shown(self, desk: Desk, entry: Entry) -> Updates:
        if entry.running:
            watched = Watched.of_entry(entry)
            desk.show(watched)
            return draw_preparing(self.page, desk.language, watched.picture)
        desk.clear_stage()
        desk.forget(entry.id)
        return self.ended(desk, of_entry(entry))
