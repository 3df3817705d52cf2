"""What happens when a slot is filled, emptied or moved."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import gradio as gr

from client import ImageEditError, Settings
from client.pictures import PictureWork
from client.service.addresses import picture_link
from ui import html
from ui.form import Filled, Form, path_of
from ui.handlers import Updates, unchanged
from ui.handlers.choices import plan_of_region, plan_of_size
from ui.handlers.ended import outcome_status
from ui.handlers.offer import offer_of
from ui.handlers.stage import draw_idle, idle_status, problem_status
from ui.html.lineage import draw_lineage
from ui.layout import NUMBERS, Page
from ui.memory import Memory
from ui.outcome import Outcome
from ui.previews import keep_preview
from ui.prompt import note_for
from ui.watchlist import Watchlist
from ui.words import say, tell


@dataclass(frozen=True)
class SlotHandlers:
    """The handlers of the slots."""

    page: Page
    memory: Memory
    settings: Settings
    pictures: PictureWork

    async def look(self, *, watchlist: Watchlist, outcome: Outcome | None, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say what is in each slot and what will be done to it, and bring the rest of the page in line."""
        form = Form(**values)
        updates, problems = await self._describe_all(form)
        updates[self.page.prompt.offer] = await offer_of(form, watchlist)
        updates[self.memory.sent] = json.dumps(_by_slot(form))
        if watchlist.busy:
            return updates
        first = form.first_usable(problems)
        word = watchlist.word_on(first.path if first else None)
        said = problem_status(form.language, problems) or (html.status(form.language, "done", word) if word else "")
        # Where the last picture is taken away it begins anew; the results are in the history.
        if outcome and outcome.kind == "done" and form.filled:
            # The results stay; only the status line changes.
            return updates | {self.page.prompt.status: said or outcome_status(form.language, outcome)}
        idle = draw_idle(self.page, form, problems, offline=form.service(self.settings).offline)
        idle |= {self.page.prompt.status: said} if said else {}
        if not word:
            watchlist.keep_lineage(first.path if first else None)
        strip = draw_lineage(form.language, watchlist.lineage)
        return updates | idle | {self.memory.outcome: None, self.page.actions.lineage: strip}

    async def look_after_deletion(self, *, watchlist: Watchlist, outcome: Outcome | None, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say what is still in each slot; the stage changes only where the edit that it showed is gone, too.

        A slot whose picture was deleted with it is emptied, and the status line says which.
        """
        form = Form(**values)
        gone = [one for one in form.filled if one.path and not one.path.is_file()]
        emptied: Updates = {self.page.slots[one.slot - 1].picture: None for one in gone}
        values |= {f"picture_{one.slot}": None for one in gone}
        if outcome and outcome.kind != "done":
            return emptied | (await self._describe_all(Form(**values)))[0]
        first = Form(**values).first_usable()
        watchlist.word = first.path if first else None, _farewell(form.language, gone)
        return emptied | await self.look(watchlist=watchlist, outcome=outcome, **values)

    async def show_previews(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Put the previews that `look` made into the slots that still hold what they were made of."""
        form = Form(**values)
        previews = {original: preview for preview, original in form.originals.items()}
        shown: Updates = {
            self.page.slots[one.slot - 1].picture: previews[str(one.path)]
            for one in form.filled
            if one.shown == one.path and str(one.path) in previews
        }
        return shown or unchanged()

    async def look_again(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Put previews into the slots and check the prompt, both as they stand once `look` has answered."""
        shown, note = await self.show_previews(**values), await self.check_prompt(**values)
        return note if shown == unchanged() else shown | note

    async def _describe_all(self, form: Form) -> tuple[Updates, dict[int, ImageEditError]]:
        """Say what is in each slot, and tell why what is in it cannot be used, by the numbers of the pictures."""
        updates: Updates = {}
        problems: dict[int, ImageEditError] = {}
        await asyncio.gather(*(self._describe(one, form, updates, problems) for one in form.filled))
        sizes = updates.setdefault(self.memory.picture_sizes, {})
        taken = {one.slot for one in form.filled}
        last = max(taken, default=0)
        for slot in set(NUMBERS) - taken:
            # What is put into a gap would push the numbers behind it; what follows the last takes the next number.
            number = None if slot < last else len(taken) + slot - last
            self._write(slot, updates, html.slot_name(form.language, number, None), "")
        planned = plan_of_size(self.page, replace(form, picture_sizes=sizes), form.spec(self.settings))
        planned |= plan_of_region(self.page, form)
        return updates | self._chips(form) | planned | {self.memory.unusable: bool(problems)}, problems

    async def type_prompt(
        self,
        *,
        watchlist: Watchlist,
        outcome: Outcome | None,
        unusable: bool,
        **values: Any,  # noqa: ANN401 - see Form
    ) -> Updates:
        """Check the prompt while it is typed; what the status line missed is no longer missing, perhaps."""
        form, checked = Form(**values), await self.check_prompt(**values)
        watchlist.word = None
        if watchlist.busy or unusable:
            return checked
        said = outcome_status(form.language, outcome) if outcome else idle_status(form)
        return checked | {self.page.prompt.status: said}

    async def check_prompt(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say what is probably not meant in the prompt."""
        return {self.page.prompt.note: html.note(note_for(Form(**values)))}

    async def _describe(self, one: Filled, form: Form, updates: Updates, problems: dict[int, ImageEditError]) -> None:
        """Add to `updates` what a slot says, and to `problems` why what it holds cannot be used."""
        if one.path is None:
            self._describe_link(one, form.language, updates, problems)
            return
        try:
            described = await self.pictures.describe(one.path, preview=one.shown == one.path)
        except ImageEditError as error:
            problems[one.number] = error
            said = html.lines(say(form.language, "slot.unusable"), tell(form.language, error.message))
            self._write(one.slot, updates, html.slot_name(form.language, one.number, "unusable"), said)
            return
        header = described.header
        width, height = header.upright_size
        updates.setdefault(self.memory.picture_sizes, {})[one.number] = header.upright_size
        facts = say(form.language, "slot.facts", width=width, height=height, format=header.format)
        done = say(form.language, "list.comma").join(tell(form.language, note) for note in described.notes)
        self._write(one.slot, updates, html.slot_name(form.language, one.number, "picture"), html.lines(facts, done))
        if described.preview:
            # It is put into the slot by `show_previews`: decoding took a while, and the slot may hold another picture.
            preview = await asyncio.to_thread(keep_preview, described.preview)
            known = updates.get(self.memory.originals, dict(form.originals))
            updates[self.memory.originals] = {**known, str(preview): str(one.path)}

    def _describe_link(self, one: Filled, language: str, updates: Updates, problems: dict[int, ImageEditError]) -> None:
        try:
            host = urlsplit(picture_link(one.url)).hostname or ""
        except ImageEditError as error:
            problems[one.number] = error
            name = html.slot_name(language, one.number, "unusable")
            self._write(one.slot, updates, name, html.lines(tell(language, error.message)))
            return
        said = html.lines(say(language, "slot.link", host=host), say(language, "slot.link_note"))
        self._write(one.slot, updates, html.slot_name(language, one.number, "link"), said)

    def _write(self, slot: int, updates: Updates, name: str, facts: str) -> None:
        parts = self.page.slots[slot - 1]
        updates[parts.name] = name
        updates[parts.facts] = facts

    def _chips(self, form: Form) -> Updates:
        count = len(form.filled)
        return {
            chip: gr.update(value=say(form.language, "slot.name", number=number), interactive=number <= count)
            for number, chip in enumerate(self.page.prompt.chips, start=1)
        }

    def clear(self, slot: int) -> Updates:
        """Empty the slot."""
        parts = self.page.slots[slot - 1]
        return {parts.picture: None, parts.url: ""}

    async def move(self, event: gr.EventData, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Put what is in one slot into another; what is between them closes up."""
        left, right = getattr(event, "from", None), getattr(event, "to", None)
        if left not in NUMBERS or right not in NUMBERS:
            return unchanged()
        held = [(path_of(values[f"picture_{number}"]), values[f"url_{number}"] or "") for number in NUMBERS]
        held.insert(NUMBERS.index(right), held.pop(NUMBERS.index(left)))
        moved: Updates = {}
        for slot, (picture, url) in zip(self.page.slots, held, strict=True):
            moved |= {slot.picture: picture, slot.url: url}
        return moved

    async def swap(self, slot: int, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Exchange what is in `slot` and in the one to its right."""
        parts = self.page.slots[slot - 1], self.page.slots[slot]
        pictures = path_of(values[f"picture_{slot}"]), path_of(values[f"picture_{slot + 1}"])
        urls = values[f"url_{slot}"], values[f"url_{slot + 1}"]
        return {
            parts[0].picture: pictures[1],
            parts[1].picture: pictures[0],
            parts[0].url: urls[1] or "",
            parts[1].url: urls[0] or "",
        }


def _farewell(language: str, gone: Sequence[Filled]) -> str:
    """Say that something was deleted, and which pictures went with it from their slots."""
    if not gone:
        return say(language, "status.deleted")
    names = say(language, "list.comma").join(say(language, "slot.name", number=one.number) for one in gone)
    return say(language, "status.deleted_with", names=names)


def _by_slot(form: Form) -> list[str]:
    """Return the files that lie in the slots, as they were added; an empty text for a slot without one."""
    files = {one.slot: str(one.path) for one in form.filled if one.path}
    return [files.get(slot, "") for slot in NUMBERS]
