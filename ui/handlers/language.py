"""Says everything on the page in the reader's language, when it is opened and when the language is changed."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from client import ImageEditError, Settings
from ui import html
from ui.draft import Draft
from ui.examples import TEMPLATES
from ui.form import Form, form_inputs
from ui.handlers import Updates, merged
from ui.handlers.choices import ChoiceHandlers, size_choices
from ui.handlers.connection import ConnectionHandlers, engine_look
from ui.handlers.ended import draw_outcome
from ui.handlers.slots import SlotHandlers
from ui.handlers.stage import buttons
from ui.handlers.watch import WatchHandlers
from ui.html.lineage import draw_lineage
from ui.layout import Page
from ui.layout.ask import MENU_TITLE, SIDES
from ui.memory import Memory, visitor_name
from ui.outcome import Outcome
from ui.prompt import note_for
from ui.watchlist import Watchlist
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

    async def refresh(
        self,
        *,
        watchlist: Watchlist,
        outcome: Outcome | None,
        selected: int,
        whole: bool = False,
        **values: Any,  # noqa: ANN401 - see Form
    ) -> Updates:
        """Say everything anew: labels, what is in the slots, what is chosen, and how the last edit ended."""
        language = watchlist.language = values["language"]
        labels, service = self.relabel(language=language, own=values["own"]), values["own"] or self.settings
        watchlist.engine = "" if service.offline else service.host
        look = await self.slots.look(watchlist=watchlist, outcome=outcome, **values)
        ended: Updates = {}
        if outcome and not watchlist.busy:
            ended = draw_outcome(self.page, language, outcome, self.settings, selected, whole=whole)
            # It is on the stage again, so it stays what the page remembers.
            look.pop(self.memory.outcome, None)
        pressed = buttons(self.page, language, running=watchlist.busy)
        around: Updates = {
            self.page.actions.lineage: draw_lineage(language, watchlist.lineage),
            self.page.header.engine: engine_look(watchlist),
        }
        note: Updates = {self.page.prompt.note: html.note(note_for(Form(**values)))}
        return merged(labels, look, note, self.choices.summarise(**values), around, ended, pressed)

    def relabel(self, *, language: str, own: Settings | None) -> Updates:
        """Say every label, button and menu of the page in `language`."""
        menus: Updates = {
            self.page.prompt.templates: gr.update(choices=_templates(language), value=MENU_TITLE),
            self.page.size.size: gr.update(choices=size_choices(language)),
            self.page.region.sides: gr.update(
                choices=[(say(language, f"canvas.{side}"), arrow) for arrow, side in SIDES.items()]
            ),
        }
        return merged(
            self.page.labels.translated(language), menus, self.connection.describe(language=language, own=own)
        )


def name_views(page: Page, language: str) -> Updates:
    """Say the names of the tabs in `language`."""
    views = page.views
    names = {views.edit: "view.edit", views.history: "view.history"}
    return {view: gr.update(label=say(language, key)) for view, key in names.items()}


def _templates(language: str) -> list[tuple[str, str]]:
    templates = [
        (say(language, "template.listed", name=say(language, f"template.{key}"), count=pictures), key)
        for key, pictures in TEMPLATES.items()
    ]
    return [(say(language, "template.menu"), MENU_TITLE), *templates]


@dataclass(frozen=True)
class OpeningHandlers:
    """The handler of a fresh page."""

    language: LanguageHandlers
    watch: WatchHandlers

    async def open(self, *, watchlist: Watchlist, visitor: str, draft: str | None, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say everything in the reader's language, and show what is running and what this tab was filled in with.

        All of it is in one answer, so that it comes soon.
        """
        visitor = visitor_name(self.watch.settings, visitor)
        found = await self.watch.restore_page(watchlist, visitor, values["language"])
        kept = Draft.read(draft)
        # It is younger than what an edit that runs was asked with: perhaps it is for the next one.
        filled = await self._filled(kept, visitor) if kept else {}
        refreshed = await self.language.refresh(watchlist=watchlist, **values | filled)
        shown = await self._shown(kept, watchlist, visitor) if kept else {}
        if values["prompt"]:
            # It was typed in this very tab before it was loaded anew, perhaps for a next edit while this one runs.
            found.pop(self.watch.page.prompt.text, None)
        components = form_inputs(self.watch.page, self.watch.memory)
        form: Updates = {components[name]: value for name, value in filled.items()}
        return merged(refreshed, found, form, shown)

    async def _filled(self, kept: Draft, visitor: str) -> dict[str, Any]:
        watch = self.watch
        return kept.values(await kept.own_pictures(visitor, watch.edits.history, watch.settings))

    async def _shown(self, kept: Draft, watchlist: Watchlist, visitor: str) -> Updates:
        """Show the edit that was on the stage, unless one runs there."""
        watch = self.watch
        try:
            entry = await watch.edits.history.entry(visitor, kept.shown) if kept.shown else None
        except ImageEditError:
            entry = None
        if entry is None or entry.running or watchlist.busy:
            return {}
        shown = await watch.shown(watchlist, visitor, entry)
        return {**shown, **await watch.relist(watchlist=watchlist, language=watchlist.language)}
