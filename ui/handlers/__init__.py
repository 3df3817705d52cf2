"""What each event of the page does; every handler returns only the components that it changes."""

from typing import Any

import gradio as gr
from gradio.components import Component

from ui.layout import EDIT, Page

# Gradio takes any value or `gr.update` for a component, and a layout block in place of one.
Updates = dict[Component | Any, Any]


def unchanged() -> Updates:
    """Answer that nothing changes: Gradio takes an empty dict for a missing value."""
    answer: Updates = gr.skip()
    return answer


def merged(*parts: Updates) -> Updates:
    """Join updates; where several speak of one component, their properties are joined, the later ones winning."""
    whole: Updates = {}
    for part in parts:
        for component, change in part.items():
            whole[component] = (
                {**_properties(whole[component]), **_properties(change)} if component in whole else change
            )
    return whole


def id_in(event: gr.EventData) -> str:
    """Return the id that the browser names; what is none is the id of no edit."""
    named = getattr(event, "id", None)
    return named if isinstance(named, str) else ""


def to_the_form(page: Page) -> Updates:
    """Go to the Edit tab."""
    return {page.views.tabs: gr.update(selected=EDIT)}


def _properties(change: Any) -> dict[str, Any]:  # noqa: ANN401 - a value of any kind, or an update
    if isinstance(change, dict) and change.get("__type__") == "update":
        return change
    return {"value": change, "__type__": "update"}
