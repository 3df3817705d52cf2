"""The history: its list, the edit that is opened, and what is restored from it."""

import gradio as gr

from ui.events.options import Inputs, adapting, asked, js_only_options, listener_options, slot_values
from ui.events.results import wire_deletion
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.history import HistoryHandlers
from ui.handlers.slots import SlotHandlers
from ui.handlers.watch import WatchHandlers
from ui.layout import Page, parts_of
from ui.memory import Memory


def wire_history(  # noqa: PLR0913, PLR0917 - what is deleted concerns the slots and the stage as well
    demo: gr.Blocks,
    page: Page,
    memory: Memory,
    handlers: HistoryHandlers,
    slots: SlotHandlers,
    watch: WatchHandlers,
    form: Inputs,
) -> None:
    """Show the history and what is done with it."""
    history, views = page.history, page.views
    demo.load(None, js="() => window.qwenEdit.timeZone()", **js_only_options(outputs=history.zone))
    drawn, looking = parts_of(history), _looking(page, memory)
    quiet, followed = listener_options(drawn, looking), listener_options(drawn, {**looking, "seen": history.seen})
    views.history.select(handlers.show, **followed)
    views.edit.select(handlers.leave, **listener_options([history.clock], {}))
    page.header.language.change(handlers.retell, **quiet)
    history.clock.tick(handlers.follow, **followed)
    history.older.click(handlers.older, **quiet)
    # Whoever presses two rows one after the other wants to see the second, which "always_last" is never told of.
    history.rows.open(handlers.open, trigger_mode="multiple", **quiet)
    history.opened.redraw(handlers.redraw, trigger_mode="always_last", **quiet)
    history.opened.use(handlers.use, **listener_options([*drawn, *slot_values(page), views.tabs], looking))
    history.opened.fetch(handlers.fetch, **quiet)
    taken = history.opened.download(handlers.download, **listener_options([*drawn, page.actions.handover], looking))
    taken.success(None, js="() => window.qwenEdit.handOver()", **js_only_options())
    for removed in (
        history.opened.remove(handlers.remove, **quiet),
        history.kept.everything(handlers.remove_all, **quiet),
    ):
        wire_deletion(removed, page, memory, slots, watch, form)


def wire_restore(
    page: Page, memory: Memory, handlers: HistoryHandlers, choices: ChoiceHandlers, *, form: Inputs
) -> None:
    """Fill the form in from an edit of the history."""
    outputs = [*parts_of(page.history), *slot_values(page), *asked(page, memory), page.views.tabs]
    restored = page.history.opened.restore(handlers.restore, **listener_options(outputs, _looking(page, memory)))
    # The service that is in use now may not take all of it.
    restored.then(choices.adapt_to_model, **adapting(page, memory, form))


def _looking(page: Page, memory: Memory) -> Inputs:
    history = page.history
    mine: Inputs = {"language": page.header.language, "visitor": memory.visitor, "zone": history.zone}
    return {**mine, "opened": history.opened_id, "pages": history.pages}
