"""Draws the top row, and the connection card that opens under it."""

from dataclasses import dataclass
from typing import Final

import gradio as gr

from ui import markup
from ui.layout.words import english, html, small_button
from ui.text import Language

LANGUAGES: Final = [("EN", Language.ENGLISH.value), ("中文", Language.CHINESE.value)]


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of the top row and of the connection card."""

    engine: gr.Button
    language: gr.Radio
    theme: gr.Button
    card: gr.Column
    card_text: gr.HTML
    key: gr.Textbox
    use_key: gr.Button
    forget_key: gr.Button
    close: gr.Button


def draw_header() -> Header:
    """Draw the name, the engine, the language, light and dark; the connection card is closed."""
    with gr.Row(elem_id="header"):
        html(markup.brand(), elem_id="brand")
        engine = small_button("engine.offline", elem_id="engine")
        language = gr.Radio(
            LANGUAGES,
            value=Language.ENGLISH.value,
            label=english("language"),
            container=False,
            show_label=False,
            elem_id="language",
            elem_classes="segments",
            interactive=True,
            min_width=0,
        )
        theme = small_button("theme", elem_id="theme", elem_classes="tool i-theme")
    with gr.Column(visible=False, elem_id="connection") as card:
        card_text = html(elem_id="connection-text")
        key = gr.Textbox(
            label=english("connection.key"),
            info=english("connection.key_info"),
            placeholder=english("connection.placeholder"),
            type="password",
            max_length=300,
            elem_id="key",
            interactive=True,
        )
        with gr.Row(elem_id="connection-buttons"):
            use_key = small_button("connection.use", elem_id="use-key", elem_classes="accent")
            forget_key = small_button("connection.forget", elem_id="forget-key", visible=False)
            close = small_button("connection.close", elem_id="close-connection")
    return Header(engine, language, theme, card, card_text, key, use_key, forget_key, close)
