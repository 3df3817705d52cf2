"""The page opens, speaks another language, or uses another service."""

from functools import partial
from typing import Any

import gradio as gr

from ui.events.options import Inputs, adapting, js_only_options, listener_options, showing
from ui.handlers.language import LanguageHandlers, OpeningHandlers, name_views
from ui.handlers.watch import WatchHandlers
from ui.layout import Page, parts_of
from ui.memory import Memory


def wire_opening(demo: gr.Blocks, page: Page, memory: Memory, handlers: OpeningHandlers, form: Inputs) -> None:
    """Let the page open as its browser and its tab left it."""
    known: list[Any] = [
        page.header.language,
        page.model.seed,
        memory.visitor,
        page.prompt.text,
        memory.draft,
    ]
    started = demo.load(None, js="() => window.qwenEdit.start()", **js_only_options(outputs=known))
    refresh = _refresh(page, memory, form)
    inputs: Inputs = {**refresh["inputs_kwargs"], "visitor": memory.visitor, "draft": memory.draft}
    opened = started.then(handlers.open, **{**refresh, "inputs_kwargs": inputs})
    opened.then(None, js="() => window.qwenEdit.show()", **js_only_options())
    opened.then(handlers.language.choices.adapt_to_model, **adapting(page, memory, form))
    opened.then(handlers.watch.follow_restored, **showing(page, memory, {}))


def wire_language(page: Page, memory: Memory, handlers: LanguageHandlers, watch: WatchHandlers, form: Inputs) -> None:
    """Let the page speak the language that is chosen, in the chosen light."""
    language = page.header.language
    language.input(
        watch.relist, **listener_options([page.prompt.edit_list], {"watchlist": memory.watchlist, "language": language})
    )
    chosen = language.input(handlers.refresh, **_refresh(page, memory, form))
    chosen.then(handlers.choices.adapt_to_model, **adapting(page, memory, form))
    language.input(None, js="(language) => window.qwenEdit.remember(language)", **js_only_options(language))
    # Gradio's page copies all that stands in a tab whose name is written, so that is done only where it changes.
    language.change(
        partial(name_views, page), **listener_options([page.views.edit, page.views.history], {"language": language})
    )
    page.header.theme.click(None, js="() => window.qwenEdit.toggleTheme()", **js_only_options())


def wire_connection(page: Page, memory: Memory, language_handlers: LanguageHandlers, form: Inputs) -> None:
    """Let a visitor choose the service and the key for a session."""
    header, language, handlers = page.header, page.header.language, language_handlers.connection
    outputs = [*parts_of(header), page.model.model, memory.own]
    opened = listener_options(outputs, {"language": language, "own": memory.own})
    for asked in (header.engine.click, page.stage.scene.connect, page.actions.facts.connect):
        asked(handlers.open, **opened).then(None, js="() => window.qwenEdit.enterCard()", **js_only_options())
    closed = header.close.click(handlers.close, **listener_options(outputs, {}))
    header.choice.input(handlers.choose, **listener_options(outputs, {"engine": header.choice}))
    typed: Inputs = {"engine": header.choice, "address": header.address, "typed": header.key}
    testing: Inputs = {"watchlist": memory.watchlist, "language": language, "own": memory.own, **typed}
    header.test.click(handlers.test, **listener_options(outputs, testing))
    refresh = _refresh(page, memory, form)
    chosen = {**refresh, "inputs_kwargs": {**refresh["inputs_kwargs"], **typed}}
    used = gr.on([header.use_key.click, header.key.submit], language_handlers.use, **chosen)
    dropped = header.forget_key.click(language_handlers.forget, **refresh)
    for left in (closed, used, dropped):
        left.then(None, js="() => window.qwenEdit.leaveCard()", **js_only_options())
    for change in (used, dropped):
        change.then(language_handlers.choices.adapt_to_model, **adapting(page, memory, form))


def _refresh(page: Page, memory: Memory, form: Inputs) -> dict[str, Any]:
    inputs = {**form, "watchlist": memory.watchlist, "outcome": memory.outcome}
    inputs |= {"selected": memory.selected, "whole": memory.whole}
    views = parts_of(page.views)
    return listener_options([*(part for part in parts_of(page) if part not in views), *parts_of(memory)], inputs)
