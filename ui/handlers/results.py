"""What can be done with a result: look at it, take it along, go on from it, delete it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from client import EditResult, Edits, Entry, ImageEditError, Settings
from ui import code, downloads, html
from ui.handlers import Updates, unchanged
from ui.handlers.ended import pasted_note, result_facts
from ui.html.results import draw_code, draw_deletion
from ui.layout import Page
from ui.memory import Memory, visitor_name
from ui.outcome import Outcome
from ui.previews import keep_preview
from ui.watchlist import Watchlist, host_of
from ui.words import say, tell


@dataclass(frozen=True)
class ResultHandlers:
    """The handlers of the row under the results, and of the prompt as the model read it."""

    page: Page
    memory: Memory
    edits: Edits
    settings: Settings

    async def select(self, event: gr.EventData, *, language: str, outcome: Outcome | None) -> Updates:
        """Take the result that is shown large as the one the buttons mean."""
        result, index = _result(outcome), getattr(event, "index", None)
        if outcome is None or result is None or not isinstance(index, int) or not 0 <= index < len(result.pictures):
            return {self.memory.selected: 0}
        whole = getattr(event, "whole", False) is True
        return {
            self.memory.selected: index,
            self.memory.whole: whole,
            self.page.actions.facts: result_facts(language, outcome, index, whole=whole),
            self.page.actions.pasted: pasted_note(language, outcome, index),
        }

    async def lay_over(self, event: gr.EventData, *, outcome: Outcome | None) -> Updates:
        """Register a whole result to a picture that it is looked at with; 0 is the one that the first round began with.

        Where they do not lie over each other, there is no file to show.
        """
        result, place, against = _result(outcome), getattr(event, "place", None), getattr(event, "against", None)
        if outcome is None or result is None or not isinstance(place, int) or not isinstance(against, int):
            return unchanged()
        originals = (outcome.first, *outcome.pictures)
        if not 0 <= place < len(result.pictures) or not 0 <= against < len(originals):
            return unchanged()
        original, made = originals[against], None
        if original:
            made = await self.edits.pastes.laid_over(original, result.pictures[place].path)
        file = html.file_url(await asyncio.to_thread(keep_preview, made)) if made else ""
        return {self.memory.laid: json.dumps({"edit": outcome.id, "place": place, "against": against, "file": file})}

    def use_as(  # noqa: PLR0913 - what is taken, and where it is said
        self,
        slot: int,
        *,
        language: str,
        watchlist: Watchlist,
        outcome: Outcome | None,
        selected: int,
        whole: bool = False,
    ) -> Updates:
        """Put the selected result into a slot, byte for byte as it is shown, in place of what is there."""
        picture = outcome.picture_at(selected, whole=whole) if isinstance(outcome, Outcome) else None
        if picture is None:
            return unchanged()
        parts = self.page.slots[slot - 1]
        if not picture.path.is_file():
            return unchanged()  # deleted in another tab, or by the daily clean-up of a public page
        if slot == 1:
            watchlist.word = picture.path, say(language, "status.further")
        return {parts.picture: str(picture.path), parts.url: ""}

    def use_seed(self, *, outcome: Outcome | None) -> Updates:
        """Fill in the seed that these results were made with."""
        result = _result(outcome)
        return {self.page.model.seed: result.seed} if result else unchanged()

    def use_revised(self, *, outcome: Outcome | None) -> Updates:
        """Take the model's prompt as one's own; rewriting it again would change it once more."""
        result = _result(outcome)
        if result is None or not result.revised_prompt:
            return unchanged()
        return {self.page.prompt.text: result.revised_prompt, self.page.model.prompt_extend: False}

    async def download(
        self, *, language: str, visitor: str, outcome: Outcome | None, selected: int, whole: bool = False
    ) -> Updates:
        """Hand the selected result over as it is shown, with how it was made in it."""
        return await self._hand_over(
            language,
            visitor,
            outcome,
            lambda entry: downloads.with_settings(self.edits.history, entry, _place(entry, selected), whole=whole),
        )

    async def clean(
        self, *, language: str, visitor: str, outcome: Outcome | None, selected: int, whole: bool = False
    ) -> Updates:
        """Hand the selected result over as it is shown, byte for byte: all of it is as the service sent it."""
        return await self._hand_over(
            language, visitor, outcome, lambda entry: downloads.clean(entry, _place(entry, selected), whole=whole)
        )

    async def archive(self, *, language: str, visitor: str, outcome: Outcome | None) -> Updates:
        """Hand all results over in one archive, and say how many are not there any more."""
        gone = 0

        async def packed(entry: Entry) -> Path | None:
            nonlocal gone
            path, gone = await downloads.archive(entry)
            return path

        updates = await self._hand_over(language, visitor, outcome, packed)
        if outcome and outcome.result and 0 < gone < len(outcome.result.pictures):
            said = say(language, "download.fewer", count=gone, total=len(outcome.result.pictures))
            updates[self.page.prompt.status] = html.status(language, "warning", said)
        return updates

    async def layers(self, *, language: str, visitor: str, outcome: Outcome | None) -> Updates:
        """Hand the original, the results and the mask over as layers of one file."""
        return await self._hand_over(
            language, visitor, outcome, lambda entry: downloads.layers(self.edits, entry, language)
        )

    async def _hand_over(
        self,
        language: str,
        visitor: str,
        outcome: Outcome | None,
        make: Callable[[Entry], Awaitable[Path | None]],
    ) -> Updates:
        """Put a file behind the hidden button, or say why there is none; its link then leads nowhere."""
        path, said = None, say(language, "history.files_gone")
        try:
            entry = await self._entry(visitor, outcome)
            path = await make(entry) if entry and entry.results else None
        except FileNotFoundError:
            pass
        except OSError:
            said = say(language, "download.failed")
        except ImageEditError as error:
            said = tell(language, error.message)
        handed: Updates = {self.page.actions.handover: gr.update(value=str(path) if path else None)}
        return handed if path else {**handed, self.page.prompt.status: html.status(language, "warning", said)}

    async def show_code(self, *, language: str, visitor: str, outcome: Outcome | None) -> Updates:
        """Show the edit as code."""
        try:
            entry = await self._entry(visitor, outcome)
        except ImageEditError:
            entry = None
        return {
            self.page.actions.panel: draw_code(language, await code.snippets(entry), host_of(entry)) if entry else ""
        }

    def ask_deletion(self, *, language: str, outcome: Outcome | None) -> Updates:
        """Ask before the edit is deleted, and say what goes with it."""
        result = _result(outcome)
        return {self.page.actions.panel: draw_deletion(language, len(result.pictures)) if result else ""}

    async def remove(self, *, language: str, visitor: str, outcome: Outcome | None) -> Updates:
        """Really delete the edit on the stage, with its results; what shows it is brought in line afterwards."""
        if outcome and outcome.id:
            try:
                await self.edits.history.delete(visitor_name(self.settings, visitor), outcome.id)
            except ImageEditError as error:
                return {self.page.prompt.status: html.status(language, "failed", tell(language, error.message))}
        return self.close_panel()

    def close_panel(self) -> Updates:
        """Take the code or the question away."""
        return {self.page.actions.panel: ""}

    async def _entry(self, visitor: str, outcome: Outcome | None) -> Entry | None:
        found = outcome and outcome.id
        return await self.edits.history.entry(visitor_name(self.settings, visitor), found) if found else None


def _result(outcome: Any) -> EditResult | None:  # noqa: ANN401 - a state holds anything
    return outcome.result if isinstance(outcome, Outcome) else None


def _place(entry: Entry, selected: object) -> int:
    return selected if isinstance(selected, int) and 0 <= selected < len(entry.results) else 0
