"""Every listener of the page: what triggers what, with inputs by name; a file for each part of the page."""

import gradio as gr

from client import Edits, Settings
from client.pictures import PictureWork
from ui.events.asking import wire_choices, wire_draft, wire_offer, wire_prompt, wire_slots, wire_starts
from ui.events.editing import wire_edit, wire_lineage
from ui.events.history import wire_history, wire_restore
from ui.events.opening import wire_connection, wire_language, wire_opening
from ui.events.painting import wire_region, wire_structure
from ui.events.results import wire_results
from ui.form import form_inputs
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.connection import ConnectionHandlers
from ui.handlers.edit import EditHandlers
from ui.handlers.history import HistoryHandlers
from ui.handlers.language import LanguageHandlers, OpeningHandlers
from ui.handlers.lineage import LineageHandlers
from ui.handlers.offer import OfferHandlers
from ui.handlers.region import RegionHandlers
from ui.handlers.results import ResultHandlers
from ui.handlers.slots import SlotHandlers
from ui.handlers.structure import StructureHandlers
from ui.handlers.watch import WatchHandlers
from ui.layout import Page
from ui.memory import Memory


def wire(demo: gr.Blocks, page: Page, memory: Memory, edits: Edits, settings: Settings, pictures: PictureWork) -> None:  # noqa: PLR0913, PLR0917 - everything comes together here
    """Bind every event of the page; call it inside `gr.Blocks`."""
    form = form_inputs(page, memory)
    slots = SlotHandlers(page, memory, settings, pictures)
    choices = ChoiceHandlers(page, memory, settings)
    language = LanguageHandlers(page, memory, settings, slots, choices, ConnectionHandlers(page, memory, settings))
    watch = WatchHandlers(page, memory, edits, settings)
    wire_opening(demo, page, memory, OpeningHandlers(language, watch), form)
    wire_language(page, memory, language, watch, form)
    wire_slots(page, memory, slots, form)
    wire_prompt(page, memory, slots, form)
    wire_choices(page, memory, choices, form)
    wire_starts(page, memory)
    wire_offer(page, memory, OfferHandlers(page, memory, edits, settings), choices, form)
    wire_draft(page, memory)
    editing = EditHandlers(watch, edits, settings, pictures)
    wire_edit(page, memory, editing, form)
    wire_lineage(page, memory, LineageHandlers(watch), editing, choices, form)
    region = RegionHandlers(watch, slots)
    wire_region(page, memory, region, form)
    wire_structure(page, memory, StructureHandlers(region), form)
    wire_results(page, memory, ResultHandlers(page, memory, edits, settings), slots, watch, form)
    wire_connection(page, memory, language, form)
    history = HistoryHandlers(page, memory, edits, settings)
    wire_history(demo, page, memory, history, slots, watch, form)
    wire_restore(page, memory, history, choices, form=form)
