"""Draws the three numbered slots."""

from dataclasses import dataclass
from typing import Final, Literal

import gradio as gr

from ui import html
from ui.layout.labels import Labels, draw_html, on_load
from ui.words import Language

NUMBERS: Final = (1, 2, 3)
SOURCES: Final[list[Literal["upload", "webcam", "clipboard"]]] = ["upload", "clipboard", "webcam"]


@dataclass(frozen=True, slots=True)
class Slot:
    """The parts of one slot; at each moment it holds a picture, a link, or nothing."""

    name: gr.HTML
    picture: gr.Image
    url: gr.Textbox
    facts: gr.HTML
    link: gr.Button
    draw: gr.Button
    region: gr.Button
    map: gr.Button
    left: gr.Button
    right: gr.Button
    clear: gr.Button


def draw_slots(labels: Labels) -> tuple[Slot, ...]:
    """Draw the slots side by side, empty."""
    with gr.Row(elem_id="slots"):
        return tuple(_draw_slot(labels, number) for number in NUMBERS)


def _draw_slot(labels: Labels, number: int) -> Slot:
    with gr.Column(elem_classes="slot", elem_id=f"card-{number}", min_width=0):
        name = draw_html(
            html.slot_name(Language.ENGLISH, number, None),
            elem_classes="slot-name",
            js_on_load=on_load("nameUpload", "move"),
        )
        # The file must arrive byte for byte: any image_mode would have Gradio encode it anew.
        picture = labels.draw(
            gr.Image,
            {
                "label": "slot.name",
                "alt_text": "slot.name",
                "placeholder": "slot.drop" if number == 1 else "slot.add",
            },
            {"number": number},
            type="filepath",
            image_mode=None,
            sources=SOURCES,
            buttons=[],
            container=False,
            show_label=False,
            height=114,
            elem_id=f"slot-{number}",
            elem_classes="slot-picture",
            interactive=True,
        )
        url = labels.draw(
            gr.Textbox,
            {"label": "slot.url", "placeholder": "slot.url_placeholder"},
            max_length=2100,
            elem_id=f"url-{number}",
            elem_classes="slot-url",
            interactive=True,
            min_width=0,
        )
        facts = draw_html(elem_classes="slot-facts", elem_id=f"facts-{number}")
        with gr.Row(elem_classes="slot-tools"):
            link = labels.button(
                "slot.from_link", {"number": number}, elem_classes="tool i-link when-empty", elem_id=f"link-{number}"
            )
            draw = labels.button(
                "sketch.tool", {"number": number}, elem_classes="tool i-pencil when-empty", elem_id=f"draw-{number}"
            )
            region = labels.button(
                "region.tool", {"number": number}, elem_classes="tool i-brush when-filled", elem_id=f"region-{number}"
            )
            structure = labels.button(
                "structure.tool", {"number": number}, elem_classes="tool i-map when-filled", elem_id=f"map-{number}"
            )
            left = _draw_tool(labels, number, "left", possible=number > NUMBERS[0])
            right = _draw_tool(labels, number, "right", possible=number < NUMBERS[-1])
            clear = _draw_tool(labels, number, "clear", possible=True)
    return Slot(name, picture, url, facts, link, draw, region, structure, left, right, clear)


def _draw_tool(labels: Labels, number: int, tool: str, *, possible: bool) -> gr.Button:
    classes = f"tool i-{tool} when-filled"
    return labels.button(
        f"slot.{tool}", {"number": number}, elem_classes=classes, elem_id=f"{tool}-{number}", interactive=possible
    )
