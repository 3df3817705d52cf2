"""Draws the top row, and the connection card that opens under it."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from client.service.dialects import ABILITIES
from ui import html
from ui.layout.labels import Labels, draw_html, english
from ui.words import Language

OFFLINE: Final = "offline"
ENGINES: Final = (OFFLINE, *ABILITIES)
LANGUAGES: Final = [("EN", Language.ENGLISH.value), ("中文", Language.CHINESE.value)]


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of the top row and of the connection card."""

    engine: gr.Button
    language: gr.Radio
    theme: gr.Button
    card: gr.Column
    card_text: gr.HTML
    choice: gr.Radio
    address: gr.Textbox
    key: gr.Textbox
    said: gr.HTML
    test: gr.Button
    use_key: gr.Button
    forget_key: gr.Button
    close: gr.Button


def draw_header(labels: Labels) -> Header:
    """Draw the name, the engine, the language, light and dark; the connection card is closed."""
    return Header(*_draw_row(labels), *_draw_card(labels))


def _draw_row(labels: Labels) -> tuple[gr.Button, gr.Radio, gr.Button]:
    with gr.Row(elem_id="header"):
        draw_html(html.brand(), elem_id="brand")
        engine = labels.button("engine.offline_pill", elem_id="engine")
        language = labels.draw(
            gr.Radio,
            {"label": "header.language"},
            choices=LANGUAGES,
            value=Language.ENGLISH.value,
            container=False,
            show_label=False,
            elem_id="language",
            elem_classes="segments",
            interactive=True,
            min_width=0,
        )
        theme = labels.button("header.theme", elem_id="theme", elem_classes="tool i-theme")
    return engine, language, theme


def _draw_card(labels: Labels) -> tuple[Any, ...]:
    with gr.Column(visible=False, elem_id="connection") as card:
        card_text = draw_html(elem_id="connection-text")
        choice = labels.draw(
            gr.Radio,
            {"label": "connection.engine"},
            choices=[(english(f"engine.{name}"), name) for name in ENGINES],
            value=ENGINES[1],
            elem_id="engine-choice",
            elem_classes="chips",
            interactive=True,
        )
        address = labels.draw(
            gr.Textbox, {"label": "connection.address"}, max_length=500, elem_id="address", interactive=True, lines=1
        )
        key = labels.draw(
            gr.Textbox,
            {"label": "connection.key", "info": "connection.key_info", "placeholder": "connection.placeholder"},
            type="password",
            max_length=300,
            elem_id="key",
            interactive=True,
        )
        said = draw_html(elem_id="connection-said")
        with gr.Row(elem_id="connection-buttons"):
            use_key = labels.button("connection.use", elem_id="use-key", elem_classes="accent")
            test = labels.button("connection.test", elem_id="test-connection")
            forget_key = labels.button("connection.forget", elem_id="forget-key", visible=False)
            close = labels.button("connection.close", elem_id="close-connection")
    return card, card_text, choice, address, key, said, test, use_key, forget_key, close
