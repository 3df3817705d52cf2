"""Fills the form in: from an example, a template, or an edit of the history."""

from dataclasses import dataclass

import gradio as gr

from client import Entry, KeptPicture
from ui import sizes
from ui.examples import EXAMPLES, TEMPLATES
from ui.handlers import Updates, unchanged
from ui.layout import Page
from ui.layout.ask import MENU_TITLE
from ui.memory import Memory
from ui.region import Region, region_of
from ui.words import Language, say


def restored(page: Page, memory: Memory, entry: Entry, *, seed: int | None) -> Updates:
    """Fill in everything that this edit was asked with; without a `seed`, chance chooses one again."""
    request = entry.request
    choice, width, height = sizes.chosen(sizes.AUTO if _was_automatic(entry) else request.size)
    if entry.target:
        same = {number: choice for choice, number in sizes.SAME.items()}
        choice = sizes.AUTO if entry.target.painted else same.get(entry.target.place + 1, sizes.AUTO)
    updates: Updates = {
        page.prompt.text: request.prompt,
        page.negative.text: request.negative_prompt,
        page.model.model: request.model,
        page.model.seed: seed,
        page.model.prompt_extend: request.prompt_extend,
        page.model.watermark: request.watermark,
        page.size.n: request.n,
        page.size.size: choice,
        page.size.width: width,
        page.size.height: height,
        # What another model did not take, and was put by for the next one that does, belongs to another edit.
        memory.set_aside: {},
    }
    for place, slot in enumerate(page.slots):
        kept = entry.pictures[place] if place < len(entry.pictures) else ""
        is_file = isinstance(kept, KeptPicture) and kept.path.is_file()
        updates[slot.picture] = str(kept.path) if isinstance(kept, KeptPicture) and is_file else None
        updates[slot.url] = kept if isinstance(kept, str) else ""
    return updates | _region(page, memory, entry)


def _region(page: Page, memory: Memory, entry: Entry) -> Updates:
    """Fill in the region that an edit was made with, and the original as the person gave it."""
    target = entry.target
    if target is None or target.place >= len(page.slots) or not target.original.path.is_file():
        return {memory.region: ""}
    region = region_of(entry, target.original.path)
    original: Updates = {page.slots[target.place].picture: str(target.original.path)}
    return {**original, memory.region: region.model_dump_json() if region else ""}


def _was_automatic(entry: Entry) -> bool:
    """Tell whether an edit asked for the size that the page asks for by itself where the size is automatic."""
    first, request = next(iter(entry.pictures), None), entry.request
    if len(entry.pictures) == 1 or not isinstance(first, KeptPicture) or request.spec.size is None:
        return False
    width, height = sizes.shaped_like((first.width, first.height), request.spec.size)
    return request.size == f"{width}*{height}"


def as_left(page: Page, memory: Memory, entry: Entry) -> Updates:
    """Fill the form in as it was left: with no seed where none was chosen, or the same would be made once more."""
    return restored(page, memory, entry, seed=None if entry.seed_was_random else entry.request.seed)


@dataclass(frozen=True)
class FillHandlers:
    """The handlers of the examples on the stage, and of the template menu, whose text the browser writes."""

    page: Page
    memory: Memory

    def example(self, event: gr.EventData, *, language: str) -> Updates:
        """Fill the slots and the prompt from the example that was pressed."""
        index = getattr(event, "index", None)
        if not isinstance(index, int) or not 0 <= index < len(EXAMPLES):
            return unchanged()
        example = EXAMPLES[index]
        region = Region(picture=str(example.pictures[0]), strokes=example.region)
        updates: Updates = {
            self.page.prompt.text: say(language, f"{example.key}_prompt"),
            self.memory.region: region.model_dump_json() if example.region else "",
        }
        for place, slot in enumerate(self.page.slots):
            updates[slot.picture] = str(example.pictures[place]) if place < len(example.pictures) else None
            updates[slot.url] = ""
        return updates

    def template(self, *, language: str, chosen: str | None, prompt: str) -> Updates:
        """Put a template's text into the prompt; what the person wrote stays above it."""
        if not isinstance(chosen, str) or chosen not in TEMPLATES:
            return {self.memory.wording: ""}
        text, written = say(language, f"template.{chosen}_prompt"), prompt.strip()
        ours = {say(spoken, f"template.{key}_prompt") for key in TEMPLATES for spoken in Language}
        kept = f"{written}\n" if written and written not in ours else ""
        return {self.memory.wording: kept + text, self.page.prompt.templates: MENU_TITLE}
