"""An edit starts, stops, is shown, or is gone back to."""

from ui.events.options import Inputs, adapting, asked, js_only_options, listener_options, showing, slot_values
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.edit import EditHandlers
from ui.handlers.lineage import LineageHandlers
from ui.layout import Page
from ui.memory import Memory


def wire_edit(page: Page, memory: Memory, handlers: EditHandlers, form: Inputs) -> None:
    """Start, stop and show edits."""
    scene = page.stage.scene
    language = page.header.language
    run = showing(page, memory, form)
    page.prompt.run.click(handlers.run, **run)
    scene.again(handlers.run, **run)
    scene.smaller(handlers.run_smaller, **run)
    plain = scene.plain(lambda: False, **listener_options([page.model.prompt_extend], {}))
    plain.then(handlers.run, **run)
    opened = page.history.opened
    for again in (scene.resend, opened.again):
        again(handlers.again, **showing(page, memory, {"language": language, "own": memory.own}))
    for shown in (opened.again, opened.show):
        shown(None, js="() => window.qwenEdit.toTheForm()", **js_only_options())
    scene.fetch(handlers.fetch, **showing(page, memory, {"language": language}))
    page.prompt.stop.click(handlers.stop, **listener_options([page.prompt.status], {"watchlist": memory.watchlist}))
    known: Inputs = {"watchlist": memory.watchlist, "language": language}
    page.prompt.edit_list.dismiss(handlers.watch.dismiss, **listener_options([page.prompt.edit_list], known))
    for listing in (page.prompt.edit_list, opened):
        listing.stop(handlers.stop_other, **listener_options([page.prompt.status], {"visitor": memory.visitor}))
        listing.show(handlers.watch.show, **showing(page, memory, {"language": language}))


def wire_lineage(  # noqa: PLR0913, PLR0917 - going back fills the form in, which the service may not take as it was
    page: Page,
    memory: Memory,
    handlers: LineageHandlers,
    editing: EditHandlers,
    choices: ChoiceHandlers,
    form: Inputs,
) -> None:
    """Go back to earlier rounds and to the original."""
    strip, spoken = page.actions.lineage, {"language": page.header.language}
    strip.anew(editing.anew, **showing(page, memory, {**spoken, "own": memory.own}))
    going = showing(page, memory, {**spoken})
    going["outputs"] = list(dict.fromkeys([*going["outputs"], *slot_values(page), *asked(page, memory)]))
    fitting = adapting(page, memory, form)
    for gone in (
        strip.visit(handlers.visit, **going),
        strip.original(handlers.original, **going),
        strip.restart(handlers.restart, **going),
    ):
        # The service that is in use now may not take all of it.
        gone.then(choices.adapt_to_model, **fitting)
