"""Puts an edit of the history back into the form: its pictures, prompt and settings."""

from client import Entry, KeptPicture
from ui import sizes
from ui.handlers import Updates
from ui.layout import Page
from ui.memory import Memory


def restored(page: Page, memory: Memory, entry: Entry, *, seed: int | None) -> Updates:
    """Fill in everything that this edit was asked with; without a `seed`, chance chooses one again."""
    request = entry.request
    choice, width, height = sizes.chosen(request.size)
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
        memory.kept: {},
    }
    for place, slot in enumerate(page.slots):
        kept = entry.pictures[place] if place < len(entry.pictures) else ""
        is_file = isinstance(kept, KeptPicture) and kept.path.is_file()
        updates[slot.picture] = str(kept.path) if isinstance(kept, KeptPicture) and is_file else None
        updates[slot.url] = kept if isinstance(kept, str) else ""
    return updates
