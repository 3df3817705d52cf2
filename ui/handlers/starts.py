"""Ways to begin without typing: examples and task templates."""

from dataclasses import dataclass

import gradio as gr

from ui.examples import EXAMPLES, TEMPLATES
from ui.handlers import Updates, unchanged
from ui.layout import Page
from ui.layout.ask import MENU_TITLE
from ui.words import Language, say


@dataclass(frozen=True)
class StartHandlers:
    """The handlers of the examples on the stage and of the template menu."""

    page: Page

    def example(self, event: gr.EventData, *, language: str) -> Updates:
        """Fill the slots and the prompt from the example that was pressed."""
        index = getattr(event, "index", None)
        if not isinstance(index, int) or not 0 <= index < len(EXAMPLES):
            return unchanged()
        example = EXAMPLES[index]
        updates: Updates = {self.page.prompt.text: say(language, f"{example.key}_prompt")}
        for place, slot in enumerate(self.page.slots):
            updates[slot.picture] = str(example.pictures[place]) if place < len(example.pictures) else None
            updates[slot.url] = ""
        return updates

    def template(self, *, language: str, chosen: str | None, prompt: str) -> Updates:
        """Put a template's text into the prompt; what the person wrote stays above it."""
        if not isinstance(chosen, str) or chosen not in TEMPLATES:
            return unchanged()
        text, written = say(language, f"template.{chosen}_prompt"), prompt.strip()
        ours = {say(spoken, f"template.{key}_prompt") for key in TEMPLATES for spoken in Language}
        kept = f"{written}\n" if written and written not in ours else ""
        return {self.page.prompt.text: kept + text, self.page.prompt.templates: MENU_TITLE}
