"""Small makers that all parts of the layout share; the page is drawn in English and relabelled afterwards."""

from typing import Any

import gradio as gr

from ui.words import Language, say


def english(key: str, **facts: str | float) -> str:
    """Say `key` in the language the page is first drawn in."""
    return say(Language.ENGLISH, key, **facts)


def small_button(key: str, **settings: Any) -> gr.Button:  # noqa: ANN401 - passed through to Gradio as they are
    """Draw a button no wider than its words."""
    return gr.Button(english(key), **{"size": "sm", "min_width": 0, **settings})


def draw_html(value: str = "", **settings: Any) -> gr.HTML:  # noqa: ANN401 - passed through to Gradio as they are
    """Draw HTML that only our own style sheet dresses."""
    return gr.HTML(value, **{"apply_default_css": False, **settings})
