"""Draws the page: every component, where it stands and what it is called. Nothing here behaves."""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

import gradio as gr
from gradio.blocks import Block

from ui.layout.ask import (
    ModelChoice,
    Negative,
    Prompt,
    RegionChoice,
    SizeChoice,
    draw_model_choice,
    draw_negative,
    draw_prompt,
    draw_region_choice,
    draw_size_choice,
)
from ui.layout.header import Header, draw_header
from ui.layout.history import HistoryPage, draw_history
from ui.layout.labels import Labels, english
from ui.layout.slots import NUMBERS, Slot, draw_slots
from ui.layout.stage import About, Actions, Stage, draw_about, draw_actions, draw_stage

__all__ = ["EDIT", "NUMBERS", "Page", "draw_page", "parts_of"]


EDIT: Final = "edit"
HISTORY: Final = "history"


@dataclass(frozen=True, slots=True)
class Views:
    """What the page is for, one thing at a time; switching loses nothing."""

    tabs: gr.Tabs
    edit: gr.Tab
    history: gr.Tab


@dataclass(frozen=True, slots=True)
class Page:
    """Every component that behaves or that is written to, by the part of the page it stands in."""

    header: Header
    views: Views
    slots: tuple[Slot, ...]
    prompt: Prompt
    region: RegionChoice
    size: SizeChoice
    model: ModelChoice
    negative: Negative
    stage: Stage
    actions: Actions
    about: About
    history: HistoryPage
    labels: Labels


def draw_page() -> Page:
    """Draw the whole page in English and return its parts by name; call it inside `gr.Blocks`."""
    labels = Labels()
    header = draw_header(labels)
    with gr.Tabs(elem_id="views", selected=EDIT) as tabs:
        edit = gr.Tab(english("view.edit"), id=EDIT, elem_id="edit-view")
        with edit, gr.Row(elem_id="columns"):
            with gr.Column(elem_id="ask", min_width=0):
                slots, prompt = draw_slots(labels), draw_prompt(labels)
                region = draw_region_choice(labels)
                size, model, negative = draw_size_choice(labels), draw_model_choice(labels), draw_negative(labels)
            with gr.Column(elem_id="show", min_width=0):
                stage, actions, about = draw_stage(), draw_actions(labels), draw_about(labels)
        history = gr.Tab(english("view.history"), id=HISTORY, elem_id="history-view")
        with history:
            page = draw_history(labels)
    views = Views(tabs, edit, history)
    return Page(header, views, slots, prompt, region, size, model, negative, stage, actions, about, page, labels)


def parts_of(group: Any) -> list[Any]:  # noqa: ANN401 - a part of the page, or several, of any of the classes above
    """List the components of a part of the page, however deep they lie."""
    if is_dataclass(group):
        return [part for field in fields(group) for part in parts_of(getattr(group, field.name))]
    if isinstance(group, tuple):
        return [part for each in group for part in parts_of(each)]
    return [group] if isinstance(group, Block) else []
