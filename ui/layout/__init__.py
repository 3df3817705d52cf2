"""Draws the page: every component, where it stands and what it is called. Nothing here behaves."""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import gradio as gr

from ui.layout.ask import (
    ModelChoice,
    Negative,
    Prompt,
    SizeChoice,
    draw_model_choice,
    draw_negative,
    draw_prompt,
    draw_size_choice,
)
from ui.layout.header import Header, draw_header
from ui.layout.slots import NUMBERS, Slot, draw_slots
from ui.layout.stage import About, Actions, Stage, draw_about, draw_actions, draw_stage

__all__ = ["NUMBERS", "Page", "Slot", "draw_page", "parts_of"]


@dataclass(frozen=True, slots=True)
class Page:
    """Every component that behaves or that is written to, by the part of the page it stands in."""

    header: Header
    slots: tuple[Slot, ...]
    prompt: Prompt
    size: SizeChoice
    model: ModelChoice
    negative: Negative
    stage: Stage
    actions: Actions
    about: About


def draw_page() -> Page:
    """Draw the whole page in English and return its parts by name; call it inside `gr.Blocks`."""
    header = draw_header()
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="ask", min_width=0):
            slots = draw_slots()
            prompt = draw_prompt()
            size = draw_size_choice()
            model = draw_model_choice()
            negative = draw_negative()
        with gr.Column(elem_id="show", min_width=0):
            stage = draw_stage()
            actions = draw_actions()
            about = draw_about()
    return Page(header, slots, prompt, size, model, negative, stage, actions, about)


def parts_of(group: Any) -> list[Any]:  # noqa: ANN401 - a part of the page, or several, of any of the classes above
    """List the components of a part of the page, however deep they lie."""
    if is_dataclass(group):
        return [part for field in fields(group) for part in parts_of(getattr(group, field.name))]
    return [part for each in group for part in parts_of(each)] if isinstance(group, tuple) else [group]
