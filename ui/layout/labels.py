"""Draws components with their words, and knows which words those are."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import Block

from ui.words import Language, say

Drawn = TypeVar("Drawn", bound=Block)


class Labels:
    """Draws the page in English, and says every label of it again in another language."""

    def __init__(self) -> None:
        self._keys: dict[Block, tuple[Mapping[str, str], Mapping[str, int]]] = {}

    def draw(
        self,
        kind: Callable[..., Drawn],
        words: Mapping[str, str],
        facts: Mapping[str, int] | None = None,
        **settings: Any,  # noqa: ANN401 - passed through to Gradio as they are
    ) -> Drawn:
        """Draw a component; `words` are the keys of what its properties say, `facts` fill their placeholders."""
        said = {name: say(Language.ENGLISH, key, **(facts or {})) for name, key in words.items()}
        component = kind(**said, **settings)
        self._keys[component] = words, facts or {}
        return component

    def button(self, key: str, facts: Mapping[str, int] | None = None, **settings: Any) -> gr.Button:  # noqa: ANN401 - see draw
        """Draw a button no wider than its words."""
        return self.draw(gr.Button, {"value": key}, facts, **{"size": "sm", "min_width": 0, **settings})

    def translated(self, language: str) -> dict[Any, Any]:
        """Return the updates that say every label in `language`."""
        said: dict[Any, Any] = {}
        for component, (words, facts) in self._keys.items():
            properties: dict[str, Any] = {name: say(language, key, **facts) for name, key in words.items()}
            said[component] = gr.update(**properties)
        return said


def english(key: str) -> str:
    """Say `key` in the language the page is first drawn in."""
    return say(Language.ENGLISH, key)


def draw_html(value: str = "", **settings: Any) -> gr.HTML:  # noqa: ANN401 - passed through to Gradio as they are
    """Draw HTML that only our own style sheet dresses."""
    return gr.HTML(value, **{"apply_default_css": False, **settings})


def on_load(function: str, *events: str) -> str:
    """Return the script of a `gr.HTML`: it calls a function of ours in `assets/`, which may trigger the `events`.

    Gradio takes for an event of the component whatever stands in quotes in its script.
    """
    return f"window.qwenEdit.{function}({{element, trigger, watch}}, {list(events)})"
