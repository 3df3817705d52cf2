"""Says everything on the page in the reader's language."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from client import Settings
from ui import html, sizes
from ui.desk import Desk
from ui.examples import TEMPLATES
from ui.form import Form
from ui.handlers import Updates, merged
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.connection import ConnectionHandlers
from ui.handlers.outcome import draw_outcome
from ui.handlers.scene import buttons
from ui.handlers.slots import SlotHandlers
from ui.layout import Page
from ui.layout.ask import MENU_TITLE
from ui.memory import Memory
from ui.outcome import Outcome
from ui.prompt import note_for
from ui.words import say


@dataclass(frozen=True)
class LanguageHandlers:
    """The handler of a fresh page and of the language switch."""

    page: Page
    memory: Memory
    settings: Settings
    slots: SlotHandlers
    choices: ChoiceHandlers
    connection: ConnectionHandlers

    async def use(self, *, engine: str, address: str, typed: str, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Take the chosen service and bring the whole page in line; when it cannot be taken, only say why."""
        chosen = self.connection.use(
            language=values["language"], engine=engine, address=address, typed=typed, own=values["own"]
        )
        return await self._changed(chosen, values)

    async def forget(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Drop what was chosen for this session and bring the whole page in line."""
        return await self._changed(self.connection.forget(language=values["language"]), values)

    async def _changed(self, chosen: Updates, values: dict[str, Any]) -> Updates:
        if self.memory.own not in chosen:
            return chosen
        return merged(await self.refresh(**{**values, "own": chosen[self.memory.own]}), chosen)

    async def refresh(self, *, desk: Desk, outcome: Outcome | None, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say everything anew: labels, what is in the slots, what is chosen, and how the last edit ended."""
        language = desk.language = values["language"]
        labels = self.relabel(language=language, own=values["own"])
        look = await self.slots.look(desk=desk, outcome=outcome, **values)
        ended: Updates = {}
        if outcome and not desk.busy:
            # The gallery begins at its first picture again.
            ended = draw_outcome(self.page, language, outcome, self.settings) | {self.memory.selected: 0}
            # It is on the stage again, so it stays what the page remembers.
            look.pop(self.memory.outcome, None)
        pressed = buttons(self.page, language, running=desk.busy)
        note: Updates = {self.page.prompt.note: html.note(note_for(Form(**values)))}
        return merged(labels, look, note, self.choices.summarise(**values), ended, pressed)

    def relabel(self, *, language: str, own: Settings | None) -> Updates:
        """Say every label, button and menu of the page in `language`."""
        updates: Updates = {**self.connection.describe(language=language, own=own), **self._buttons(language)}
        updates |= {**self._fields(language), **self._menus(language), **self._slots(language)}
        return updates

    def _buttons(self, language: str) -> Updates:
        header, prompt, actions = self.page.header, self.page.prompt, self.page.actions
        keys = {
            header.theme: "header.theme",
            header.use_key: "connection.use",
            header.test: "connection.test",
            header.forget_key: "connection.forget",
            header.close: "connection.close",
            prompt.stop: "act.stop",
            self.page.model.random: "seed.random",
            actions.use_seed: "use.seed",
            actions.zip: "download.all",
            self.page.about.use_revised: "read.use",
            self.page.history.older: "history.older",
            **{button: f"use.{number}" for number, button in enumerate(actions.use, start=1)},
        }
        updates: Updates = {button: gr.update(value=say(language, key)) for button, key in keys.items()}
        return updates | {actions.download: gr.update(label=say(language, "download.one"))}

    def _fields(self, language: str) -> Updates:
        page = self.page
        return {
            page.header.address: gr.update(label=say(language, "connection.address")),
            page.header.key: gr.update(
                label=say(language, "connection.key"),
                info=say(language, "connection.key_info"),
                placeholder=say(language, "connection.placeholder"),
            ),
            page.prompt.text: gr.update(
                label=say(language, "prompt.label"), placeholder=say(language, "prompt.placeholder")
            ),
            page.negative.text: gr.update(
                label=say(language, "negative.label"), placeholder=say(language, "negative.placeholder")
            ),
            page.size.n: gr.update(label=say(language, "n.label")),
            page.size.width: gr.update(label=say(language, "size.width")),
            page.size.height: gr.update(label=say(language, "size.height")),
            page.model.seed: gr.update(
                label=say(language, "seed.label"),
                info=say(language, "seed.info"),
                placeholder=say(language, "seed.placeholder"),
            ),
            page.model.prompt_extend: gr.update(
                label=say(language, "model.prompt_extend"), info=say(language, "model.prompt_extend_info")
            ),
            page.model.watermark: gr.update(label=say(language, "model.watermark")),
        }

    def _menus(self, language: str) -> Updates:
        names = [(say(language, f"size.{choice}") if choice.isalpha() else choice, choice) for choice in sizes.CHOICES]
        templates = [(say(language, "template.menu"), MENU_TITLE)]
        templates += [
            (say(language, "template.listed", name=say(language, f"template.{key}"), count=pictures), key)
            for key, pictures in TEMPLATES.items()
        ]
        return {
            self.page.header.language: gr.update(label=say(language, "header.language")),
            self.page.prompt.templates: gr.update(
                choices=templates, value=MENU_TITLE, label=say(language, "template.menu")
            ),
            self.page.size.size: gr.update(choices=names, label=say(language, "size.label")),
            self.page.model.model: gr.update(label=say(language, "model.label")),
            self.page.stage.gallery: gr.update(label=say(language, "stage.results")),
            self.page.views.edit: gr.update(label=say(language, "view.edit")),
            self.page.views.history: gr.update(label=say(language, "view.history")),
        }

    def _slots(self, language: str) -> Updates:
        updates: Updates = {}
        for number, slot in enumerate(self.page.slots, start=1):
            name = say(language, "slot.name", number=number)
            placeholder = say(language, "slot.drop" if number == 1 else "slot.add")
            updates[slot.picture] = gr.update(label=name, alt_text=name, placeholder=placeholder)
            updates[slot.url] = gr.update(
                label=say(language, "slot.url"), placeholder=say(language, "slot.url_placeholder")
            )
            updates[slot.link] = gr.update(value=say(language, "slot.from_link"))
            updates[slot.left] = gr.update(value=say(language, "slot.left"))
            updates[slot.right] = gr.update(value=say(language, "slot.right"))
            updates[slot.clear] = gr.update(value=say(language, "slot.clear"))
        return updates
