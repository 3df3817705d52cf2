"""What the listeners of several parts of the page have in common: options, and lists of components."""

from typing import Any

from gradio.components import Component

from ui.layout import Page, parts_of
from ui.memory import Memory

Inputs = dict[str, Component]


def listener_options(outputs: list[Any], inputs: Inputs, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - Gradio's own options
    """Give the options of a listener: inputs by name, private, unlimited in number, no cover over the page."""
    # Gradio's page would otherwise copy whatever the listeners have ever written to, at every step of every event.
    return {
        "outputs": outputs,
        "inputs_kwargs": inputs,
        "api_visibility": "private",
        "show_progress": "hidden",
        "show_progress_on": [],
        "concurrency_limit": None,
        # Gradio would open every picture in the slots first, and answer for those it cannot read with no sentence.
        "preprocess": False,
        **more,
    }


def js_only_options(
    inputs: Component | None = None, outputs: Component | list[Component] | None = None
) -> dict[str, Any]:
    """Give the options of a listener that is JavaScript only."""
    hidden: dict[str, Any] = {"show_progress": "hidden", "show_progress_on": []}
    return {"inputs": inputs, "outputs": outputs, "api_visibility": "private", **hidden}


def slot_values(page: Page) -> list[Any]:
    """List what slots hold: pictures and links."""
    return [part for slot in page.slots for part in (slot.picture, slot.url)]


def seen_in_slots(page: Page, memory: Memory) -> list[Any]:
    """List what may change where a slot is filled or emptied."""
    shown = parts_of((page.slots, page.prompt, page.stage, page.actions, page.about))
    return [
        *shown,
        *parts_of(page.region),
        page.size.fold,
        page.size.note,
        memory.picture_sizes,
        memory.sent,
        memory.unusable,
        memory.originals,
        memory.outcome,
    ]


def asked(page: Page, memory: Memory) -> list[Any]:
    """List what an edit is asked with, but for its pictures."""
    settings = [*parts_of(page.size), *parts_of(page.model), page.negative.text, memory.region]
    return [page.prompt.text, *settings, memory.set_aside]


def adapting(page: Page, memory: Memory, form: Inputs) -> dict[str, Any]:
    """Give the options of a listener after which the form fits the chosen model and service."""
    size, model = page.size, page.model
    taken = [size.n, size.size, model.seed, model.prompt_extend, model.watermark, page.negative.text, memory.set_aside]
    return listener_options([*taken, *(slot.link for slot in page.slots)], {**form, "set_aside": memory.set_aside})


def showing(page: Page, memory: Memory, inputs: Inputs) -> dict[str, Any]:
    """Give the options of a listener that shows how an edit goes.

    It lasts as long as any edit runs; meanwhile a second edit may be started, and another one be shown.
    """
    remembered = [memory.outcome, memory.selected, memory.whole, memory.repainted]
    written = [page.prompt, page.stage, page.actions, page.about, page.header.engine, *remembered]
    mine: Inputs = {"watchlist": memory.watchlist, "visitor": memory.visitor}
    outputs = [part for group in written for part in parts_of(group)]
    return listener_options(outputs, {**inputs, **mine}, trigger_mode="multiple")


def on_stage(memory: Memory) -> Inputs:
    """Name what is shown of the results on the stage."""
    return {"outcome": memory.outcome, "selected": memory.selected, "whole": memory.whole}


def closing(page: Page, memory: Memory, form: Inputs) -> dict[str, Any]:
    """Give the options of a listener after which the stage shows what it did before the painter."""
    options = showing(page, memory, {**form, **on_stage(memory)})
    options["outputs"] = list(dict.fromkeys([*options["outputs"], *seen_in_slots(page, memory), memory.region]))
    return options
