"""What is done with results, and what follows where they are deleted."""

from functools import partial
from typing import Any

import gradio as gr

from ui.events.options import Inputs, js_only_options, listener_options, seen_in_slots
from ui.handlers.results import ResultHandlers
from ui.handlers.slots import SlotHandlers
from ui.handlers.watch import WatchHandlers
from ui.layout import Page
from ui.memory import Memory


def wire_results(  # noqa: PLR0913, PLR0917 - what is deleted concerns the slots and the stage as well
    page: Page,
    memory: Memory,
    handlers: ResultHandlers,
    slots: SlotHandlers,
    watch: WatchHandlers,
    form: Inputs,
) -> None:
    """Do with results what their buttons say."""
    actions, about = page.actions, page.about
    outcome: Inputs = {"outcome": memory.outcome}
    _wire_looks(page, memory, handlers)
    for number, (button, slot) in enumerate(zip(actions.use, page.slots, strict=True), start=1):
        inputs = {**outcome, "selected": memory.selected, "whole": memory.whole}
        inputs |= {"watchlist": memory.watchlist, "language": page.header.language}
        used = button.click(partial(handlers.use_as, number), **listener_options([slot.picture, slot.url], inputs))
        if number == 1:
            used.then(None, js="() => window.qwenEdit.goOn()", **js_only_options())
    actions.use_seed.click(handlers.use_seed, **listener_options([page.model.seed], outcome))
    about.use_revised.click(
        handlers.use_revised, **listener_options([page.prompt.text, page.model.prompt_extend], outcome)
    )
    mine: Inputs = {**outcome, "language": page.header.language, "visitor": memory.visitor}
    written, one = [actions.handover, page.prompt.status], {**mine, "selected": memory.selected, "whole": memory.whole}
    for made in (
        actions.download.click(handlers.download, **listener_options(written, one)),
        actions.clean.click(handlers.clean, **listener_options(written, one)),
        actions.zip.click(handlers.archive, **listener_options(written, mine)),
        actions.layers.click(handlers.layers, **listener_options(written, mine)),
    ):
        made.success(None, js="() => window.qwenEdit.handOver()", **js_only_options())
    panel: list[Any] = [actions.panel]
    shown = actions.code.click(handlers.show_code, **listener_options(panel, mine))
    asking: Inputs = {**outcome, "language": page.header.language}
    asked = actions.remove.click(handlers.ask_deletion, **listener_options(panel, asking))
    for opened in (shown, asked):
        opened.then(None, js="() => window.qwenEdit.enterPanel()", **js_only_options())
    closed = actions.panel.close(handlers.close_panel, **listener_options(panel, {}))
    closed.then(None, js="() => window.qwenEdit.leavePanel()", **js_only_options())
    removed = actions.panel.remove(handlers.remove, **listener_options([*panel, page.prompt.status], mine))
    wire_deletion(removed, page, memory, slots, watch, form)


def _wire_looks(page: Page, memory: Memory, handlers: ResultHandlers) -> None:
    actions = page.actions
    outcome: Inputs = {"outcome": memory.outcome}
    chosen: list[Any] = [memory.selected, memory.whole, actions.facts, actions.pasted]
    # Whoever goes on with the arrow keys means the last one; "always_last" would be told the first one's place again.
    shown = listener_options(chosen, {**outcome, "language": page.header.language}, trigger_mode="multiple")
    page.stage.results.select(handlers.select, **shown)
    laid = page.stage.results.lay(
        handlers.lay_over, **listener_options([memory.laid], outcome, trigger_mode="multiple")
    )
    laid.then(None, js="(laid) => window.qwenEdit.laidOver(laid)", **js_only_options(memory.laid))


def wire_deletion(  # noqa: PLR0913, PLR0917 - what is deleted concerns the slots and the stage as well
    removed: gr.events.Dependency,
    page: Page,
    memory: Memory,
    slots: SlotHandlers,
    watch: WatchHandlers,
    form: Inputs,
) -> None:
    """Bring in line whatever showed an edit that was just deleted."""
    stage: Inputs = {"watchlist": memory.watchlist, "outcome": memory.outcome}
    mine: Inputs = {**stage, "visitor": memory.visitor, "language": page.header.language}
    shown = [page.prompt.edit_list, page.actions.lineage, memory.outcome]
    forgotten = removed.then(watch.forget_deleted, **listener_options(shown, mine))
    forgotten.then(slots.look_after_deletion, **listener_options(seen_in_slots(page, memory), {**form, **stage}))
