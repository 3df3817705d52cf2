"""Every listener of the page: what triggers what, with inputs by name."""

import json
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from client import Edits, Settings
from client.catalog import NEGATIVE_LIMIT, PROMPT_LIMIT
from client.pictures import PictureWork
from ui.form import form_inputs
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.connection import ConnectionHandlers
from ui.handlers.edit import EditHandlers
from ui.handlers.fill import FillHandlers
from ui.handlers.history import HistoryHandlers
from ui.handlers.language import LanguageHandlers, OpeningHandlers, name_views
from ui.handlers.lineage import LineageHandlers
from ui.handlers.offer import OfferHandlers
from ui.handlers.region import RegionHandlers
from ui.handlers.results import ResultHandlers
from ui.handlers.slots import SlotHandlers
from ui.handlers.structure import StructureHandlers
from ui.handlers.watch import WatchHandlers
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


def wire(demo: gr.Blocks, page: Page, memory: Memory, edits: Edits, settings: Settings, pictures: PictureWork) -> None:  # noqa: PLR0913, PLR0917 - everything comes together here
    """Bind every event of the page; call it inside `gr.Blocks`."""
    form = form_inputs(page, memory)
    slots = SlotHandlers(page, memory, settings, pictures)
    choices = ChoiceHandlers(page, memory, settings)
    language = LanguageHandlers(page, memory, settings, slots, choices, ConnectionHandlers(page, memory, settings))
    watch = WatchHandlers(page, memory, edits, settings)
    _wire_opening(demo, page, memory, OpeningHandlers(language, watch), form)
    _wire_language(page, memory, language, watch, form)
    _wire_slots(page, memory, slots, form)
    _wire_prompt(page, memory, slots, form)
    _wire_choices(page, memory, choices, form)
    _wire_starts(page, memory)
    _wire_offer(page, memory, OfferHandlers(page, memory, edits, settings), choices, form)
    _wire_draft(page, memory)
    editing = EditHandlers(watch, edits, settings, pictures)
    _wire_edit(page, memory, editing, form)
    _wire_lineage(page, memory, LineageHandlers(watch), editing, choices, form)
    region = RegionHandlers(watch, slots)
    _wire_region(page, memory, region, form)
    _wire_structure(page, memory, StructureHandlers(region), form)
    _wire_results(page, memory, ResultHandlers(page, memory, edits, settings), slots, watch, form)
    _wire_connection(page, memory, language, form)
    history = HistoryHandlers(page, memory, edits, settings)
    _wire_history(demo, page, memory, history, slots, watch, form)
    _wire_restore(page, memory, history, choices, form=form)


def _wire_opening(demo: gr.Blocks, page: Page, memory: Memory, handlers: OpeningHandlers, form: Inputs) -> None:
    known: list[Component] = [
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
    opened.then(handlers.language.choices.adapt_to_model, **_adapting(page, memory, form))
    opened.then(handlers.watch.follow_restored, **_showing(page, memory, {}))


def _wire_language(page: Page, memory: Memory, handlers: LanguageHandlers, watch: WatchHandlers, form: Inputs) -> None:
    language = page.header.language
    language.input(
        watch.relist, **listener_options([page.prompt.edit_list], {"watchlist": memory.watchlist, "language": language})
    )
    chosen = language.input(handlers.refresh, **_refresh(page, memory, form))
    chosen.then(handlers.choices.adapt_to_model, **_adapting(page, memory, form))
    language.input(None, js="(language) => window.qwenEdit.remember(language)", **js_only_options(language))
    # Gradio's page copies all that stands in a tab whose name is written, so that is done only where it changes.
    language.change(
        partial(name_views, page), **listener_options([page.views.edit, page.views.history], {"language": language})
    )
    page.header.theme.click(None, js="() => window.qwenEdit.toggleTheme()", **js_only_options())


def _refresh(page: Page, memory: Memory, form: Inputs) -> dict[str, Any]:
    inputs = {**form, "watchlist": memory.watchlist, "outcome": memory.outcome}
    inputs |= {"selected": memory.selected, "whole": memory.whole}
    views = parts_of(page.views)
    return listener_options([*(part for part in parts_of(page) if part not in views), *parts_of(memory)], inputs)


def _wire_slots(page: Page, memory: Memory, handlers: SlotHandlers, form: Inputs) -> None:
    outputs = _seen_in_slots(page, memory)
    inputs = {**form, "watchlist": memory.watchlist, "outcome": memory.outcome}
    changes = [event for slot in page.slots for event in (slot.picture.change, slot.url.change)]
    looked = gr.on(changes, handlers.look, trigger_mode="always_last", **listener_options(outputs, inputs))
    # By now the person may have gone on: this concerns what stands in the slots and in the prompt at that time.
    again = [page.prompt.note, *(slot.picture for slot in page.slots)]
    looked.then(handlers.look_again, **listener_options(again, form))
    for number, slot in enumerate(page.slots, start=1):
        slot.clear.click(
            partial(handlers.clear, number),
            js=f"() => window.qwenEdit.closeLink({number})",
            **listener_options([slot.picture, slot.url], {}),
        )
        slot.name.move(handlers.move, **listener_options(_slot_values(page), form))
        slot.link.click(None, js=f"() => window.qwenEdit.openLink({number})", **js_only_options())
        for button, left in ((slot.left, number - 1), (slot.right, number)):
            if 1 <= left < len(page.slots):
                pair = [part for each in page.slots[left - 1 : left + 1] for part in (each.picture, each.url)]
                button.click(partial(handlers.swap, left), **listener_options(pair, form))


def _slot_values(page: Page) -> list[Any]:
    return [part for slot in page.slots for part in (slot.picture, slot.url)]


def _seen_in_slots(page: Page, memory: Memory) -> list[Any]:
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


def _wire_prompt(page: Page, memory: Memory, handlers: SlotHandlers, form: Inputs) -> None:
    text, negative = page.prompt.text, page.negative
    typed: Inputs = {"watchlist": memory.watchlist, "outcome": memory.outcome, "unusable": memory.unusable}
    said = listener_options([page.prompt.note, page.prompt.status], {**form, **typed})
    text.change(handlers.type_prompt, trigger_mode="always_last", **said)
    for part, limit in ((page.prompt, PROMPT_LIMIT), (negative, NEGATIVE_LIMIT)):
        count = f"(text) => window.qwenEdit.count(text, {limit})"
        part.text.change(None, js=count, **js_only_options(part.text, part.count))
    text.change(None, js="(text) => window.qwenEdit.keep(window.qwenEdit.replaced(text))", **js_only_options(text))
    page.prompt.take_back.click(None, js="() => window.qwenEdit.takeBack()", **js_only_options())
    for number, chip in enumerate(page.prompt.chips, start=1):
        chip.click(None, js=f"() => window.qwenEdit.insertName({number})", **js_only_options())


def _wire_choices(page: Page, memory: Memory, handlers: ChoiceHandlers, form: Inputs) -> None:
    size, model = page.size, page.model
    model.model.change(handlers.adapt_to_model, trigger_mode="always_last", **_adapting(page, memory, form))
    chosen: list[Any] = [size.n, size.size, size.width, size.height, model.model, model.seed, page.negative.text]
    chosen.append(memory.region)
    said = listener_options(_summaries(page), form)
    gr.on([each.change for each in chosen], handlers.summarise, trigger_mode="always_last", **said)
    model.random.click(None, js="() => null", **js_only_options(outputs=model.seed))


def _adapting(page: Page, memory: Memory, form: Inputs) -> dict[str, Any]:
    size, model = page.size, page.model
    taken = [size.n, size.size, model.seed, model.prompt_extend, model.watermark, page.negative.text, memory.set_aside]
    return listener_options([*taken, *(slot.link for slot in page.slots)], {**form, "set_aside": memory.set_aside})


def _summaries(page: Page) -> list[Any]:
    size, model = page.size, page.model
    region = [*parts_of(page.region), *(slot.region for slot in page.slots)]
    return [*region, size.fold, size.custom, size.note, model.fold, model.note, page.negative.fold, page.prompt.price]


def _wire_starts(page: Page, memory: Memory) -> None:
    handlers, language, text = FillHandlers(page, memory), page.header.language, page.prompt.text
    filled = [text, *_slot_values(page), memory.region]
    page.stage.scene.example(handlers.example, **listener_options(filled, {"language": language}))
    menu = page.prompt.templates
    inputs: Inputs = {"language": language, "chosen": menu, "prompt": text}
    worded = menu.input(handlers.template, **listener_options([memory.wording, menu], inputs))
    worded.then(None, js="(text) => window.qwenEdit.reword(text)", **js_only_options(memory.wording))


def _wire_offer(page: Page, memory: Memory, handlers: OfferHandlers, choices: ChoiceHandlers, form: Inputs) -> None:
    offer, known = page.prompt.offer, {**form, "watchlist": memory.watchlist}
    offer.dismiss(handlers.dismiss, **listener_options([offer], known))
    outputs = list(dict.fromkeys([offer, page.prompt.status, *_slot_values(page), *_asked(page, memory)]))
    taken = offer.restore(handlers.restore, **listener_options(outputs, {**known, "visitor": memory.visitor}))
    # The service that is in use now may not take all of it.
    taken.then(choices.adapt_to_model, **_adapting(page, memory, form))


def _wire_draft(page: Page, memory: Memory) -> None:
    """Let the browser keep what is filled in, so that a reload of the tab loses nothing."""
    size, model = page.size, page.model
    kept: dict[str, Any] = {
        "sent": memory.sent,
        **{f"url_{number}": slot.url for number, slot in enumerate(page.slots, start=1)},
        "negative": page.negative.text,
        "model": model.model,
        "n": size.n,
        "size": size.size,
        "width": size.width,
        "height": size.height,
        "seed": model.seed,
        "prompt_extend": model.prompt_extend,
        "watermark": model.watermark,
        "region": memory.region,
    }
    options = {**js_only_options(), "inputs": list(kept.values())}
    js = f"(...values) => window.qwenEdit.keepForm({json.dumps(list(kept))}, values)"
    gr.on([part.change for part in kept.values()], None, js=js, **options)


def _wire_edit(page: Page, memory: Memory, handlers: EditHandlers, form: Inputs) -> None:
    scene = page.stage.scene
    language = page.header.language
    run = _showing(page, memory, form)
    page.prompt.run.click(handlers.run, **run)
    scene.again(handlers.run, **run)
    scene.smaller(handlers.run_smaller, **run)
    plain = scene.plain(lambda: False, **listener_options([page.model.prompt_extend], {}))
    plain.then(handlers.run, **run)
    opened = page.history.opened
    for again in (scene.resend, opened.again):
        again(handlers.again, **_showing(page, memory, {"language": language, "own": memory.own}))
    for shown in (opened.again, opened.show):
        shown(None, js="() => window.qwenEdit.toTheForm()", **js_only_options())
    scene.fetch(handlers.fetch, **_showing(page, memory, {"language": language}))
    page.prompt.stop.click(handlers.stop, **listener_options([page.prompt.status], {"watchlist": memory.watchlist}))
    known: Inputs = {"watchlist": memory.watchlist, "language": language}
    page.prompt.edit_list.dismiss(handlers.watch.dismiss, **listener_options([page.prompt.edit_list], known))
    for listing in (page.prompt.edit_list, opened):
        listing.stop(handlers.stop_other, **listener_options([page.prompt.status], {"visitor": memory.visitor}))
        listing.show(handlers.watch.show, **_showing(page, memory, {"language": language}))


def _wire_lineage(  # noqa: PLR0913, PLR0917 - going back fills the form in, which the service may not take as it was
    page: Page,
    memory: Memory,
    handlers: LineageHandlers,
    editing: EditHandlers,
    choices: ChoiceHandlers,
    form: Inputs,
) -> None:
    strip, spoken = page.actions.lineage, {"language": page.header.language}
    strip.anew(editing.anew, **_showing(page, memory, {**spoken, "own": memory.own}))
    going = _showing(page, memory, {**spoken})
    going["outputs"] = list(dict.fromkeys([*going["outputs"], *_slot_values(page), *_asked(page, memory)]))
    adapting = _adapting(page, memory, form)
    for gone in (
        strip.visit(handlers.visit, **going),
        strip.original(handlers.original, **going),
        strip.restart(handlers.restart, **going),
    ):
        # The service that is in use now may not take all of it.
        gone.then(choices.adapt_to_model, **adapting)


def _showing(page: Page, memory: Memory, inputs: Inputs) -> dict[str, Any]:
    """Give the options of a listener that shows how an edit goes.

    It lasts as long as any edit runs; meanwhile a second edit may be started, and another one be shown.
    """
    remembered = [memory.outcome, memory.selected, memory.whole, memory.repainted]
    written = [page.prompt, page.stage, page.actions, page.about, page.header.engine, *remembered]
    mine: Inputs = {"watchlist": memory.watchlist, "visitor": memory.visitor}
    outputs = [part for group in written for part in parts_of(group)]
    return listener_options(outputs, {**inputs, **mine}, trigger_mode="multiple")


def _wire_region(page: Page, memory: Memory, handlers: RegionHandlers, form: Inputs) -> None:
    stage = page.stage
    painting: Inputs = {**form, "watchlist": memory.watchlist}
    opened = [*parts_of((page.stage, page.actions, page.about)), page.prompt.status, memory.repainted]
    entered = [page.region.paint.click(partial(handlers.open, None), **listener_options(opened, painting))]
    for number, slot in enumerate(page.slots, start=1):
        entered.append(slot.region.click(partial(handlers.open, number), **listener_options(opened, painting)))
    mine: Inputs = {"language": page.header.language, "visitor": memory.visitor, "outcome": memory.outcome}
    entered.append(page.actions.pasted.repaint(handlers.repaint, **listener_options(opened, mine)))
    mixing: Inputs = {"language": page.header.language, "outcome": memory.outcome, "selected": memory.selected}
    entered.append(page.actions.pasted.mix(handlers.mix, **listener_options(opened, mixing)))
    for each in entered:
        each.then(None, js="() => window.qwenEdit.enterPainter()", **js_only_options())
    regions: list[Component] = [memory.region, memory.repainted]
    js = "(form, again) => window.qwenEdit.painted(form, again)"
    stage.painter.painted(None, js=js, **{**js_only_options(), "inputs": regions, "outputs": regions})
    closing = _closing(page, memory, form)
    again = {**closing, "inputs_kwargs": {**closing["inputs_kwargs"], "repainted": memory.repainted}}
    left = [each(handlers.done, **again) for each in (stage.painter.done, stage.maker.done)]
    forgetting = {**closing, "inputs_kwargs": {**painting, **_shown(memory)}}
    left += [each(handlers.remove, **forgetting) for each in (stage.painter.remove, page.region.remove.click)]
    for each in left:
        each.then(None, js="() => window.qwenEdit.leavePainter()", **js_only_options())
    canvas, asked = page.region, [*_slot_values(page), memory.region, memory.wording, *parts_of(page.region)]
    larger = listener_options(
        [*asked, page.prompt.status, page.prompt.note], {**form, "sides": canvas.sides, "amount": canvas.amount}
    )
    grown = canvas.grow.click(handlers.grow_canvas, **larger)
    grown.then(None, js="(text) => window.qwenEdit.reword(text)", **js_only_options(memory.wording))
    ready = "(sides) => ({__type__: 'update', interactive: sides.length > 0})"
    canvas.sides.change(None, js=ready, **js_only_options(canvas.sides, canvas.grow))
    growing = _showing(page, memory, {"language": page.header.language, "outcome": memory.outcome})
    page.actions.pasted.grow(handlers.grow, **growing)


def _shown(memory: Memory) -> Inputs:
    return {"outcome": memory.outcome, "selected": memory.selected, "whole": memory.whole}


def _closing(page: Page, memory: Memory, form: Inputs) -> dict[str, Any]:
    """Give the options of a listener after which the stage shows what it did before the painter."""
    closing = _showing(page, memory, {**form, **_shown(memory)})
    closing["outputs"] = list(dict.fromkeys([*closing["outputs"], *_seen_in_slots(page, memory), memory.region]))
    return closing


def _wire_structure(page: Page, memory: Memory, handlers: StructureHandlers, form: Inputs) -> None:
    painter, maker, structure = page.stage.painter, page.stage.maker, memory.structure
    known: Inputs = {"made": memory.made, "watchlist": memory.watchlist}
    opened = [*parts_of((page.stage, page.actions, page.about)), page.prompt.status, structure, memory.preview]
    opening = listener_options([*opened, memory.repainted], {**form, **known})
    for number, slot in enumerate(page.slots, start=1):
        for button in (slot.map, slot.draw):
            entered = button.click(partial(handlers.open, number), **opening)
            entered.then(None, js="() => window.qwenEdit.enterPainter()", **js_only_options())
    maker.made(None, js="() => window.qwenEdit.made()", **js_only_options(outputs=structure))
    js = "(sketch) => window.qwenEdit.drawn(sketch)"
    painter.drawn(None, js=js, **js_only_options(structure, structure))
    making: Inputs = {**form, "structure": structure, "made": memory.made}
    made = structure.change(
        handlers.preview,
        trigger_mode="always_last",
        **listener_options([memory.preview, page.prompt.status], making),
    )
    made.then(None, js="(address) => window.qwenEdit.showMap(address)", **js_only_options(memory.preview))
    using = _closing(page, memory, form)
    using["outputs"] = list(dict.fromkeys([*using["outputs"], *_slot_values(page), memory.made, memory.wording]))
    using["inputs_kwargs"] = {**making, **_shown(memory), "watchlist": memory.watchlist}
    for used in (
        maker.used(handlers.use, **using),
        painter.used(handlers.use, **using),
        maker.beside(partial(handlers.use, way="beside"), **using),
    ):
        used.then(None, js="(text) => window.qwenEdit.reword(text)", **js_only_options(memory.wording))
    restored = maker.restored(partial(handlers.use, way="back"), **using)
    restored.then(None, js="(text) => window.qwenEdit.reword(text, true)", **js_only_options(memory.wording))


def _wire_results(  # noqa: PLR0913, PLR0917 - what is deleted concerns the slots and the stage as well
    page: Page,
    memory: Memory,
    handlers: ResultHandlers,
    slots: SlotHandlers,
    watch: WatchHandlers,
    form: Inputs,
) -> None:
    actions, about = page.actions, page.about
    outcome: Inputs = {"outcome": memory.outcome}
    chosen: list[Any] = [memory.selected, memory.whole, actions.facts, actions.pasted]
    # Whoever goes on with the arrow keys means the last one; "always_last" would be told the first one's place again.
    shown = listener_options(chosen, {**outcome, "language": page.header.language}, trigger_mode="multiple")
    page.stage.results.select(handlers.select, **shown)
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
    _wire_deletion(removed, page, memory, slots, watch, form)


def _wire_deletion(  # noqa: PLR0913, PLR0917 - what is deleted concerns the slots and the stage as well
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
    forgotten.then(slots.look_after_deletion, **listener_options(_seen_in_slots(page, memory), {**form, **stage}))


def _wire_connection(page: Page, memory: Memory, language_handlers: LanguageHandlers, form: Inputs) -> None:
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
        change.then(language_handlers.choices.adapt_to_model, **_adapting(page, memory, form))


def _wire_history(  # noqa: PLR0913, PLR0917 - what is deleted concerns the slots and the stage as well
    demo: gr.Blocks,
    page: Page,
    memory: Memory,
    handlers: HistoryHandlers,
    slots: SlotHandlers,
    watch: WatchHandlers,
    form: Inputs,
) -> None:
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
    history.opened.use(handlers.use, **listener_options([*drawn, *_slot_values(page), views.tabs], looking))
    history.opened.fetch(handlers.fetch, **quiet)
    taken = history.opened.download(handlers.download, **listener_options([*drawn, page.actions.handover], looking))
    taken.success(None, js="() => window.qwenEdit.handOver()", **js_only_options())
    for removed in (
        history.opened.remove(handlers.remove, **quiet),
        history.kept.everything(handlers.remove_all, **quiet),
    ):
        _wire_deletion(removed, page, memory, slots, watch, form)


def _wire_restore(
    page: Page, memory: Memory, handlers: HistoryHandlers, choices: ChoiceHandlers, *, form: Inputs
) -> None:
    outputs = [*parts_of(page.history), *_slot_values(page), *_asked(page, memory), page.views.tabs]
    restored = page.history.opened.restore(handlers.restore, **listener_options(outputs, _looking(page, memory)))
    # The service that is in use now may not take all of it.
    restored.then(choices.adapt_to_model, **_adapting(page, memory, form))


def _asked(page: Page, memory: Memory) -> list[Any]:
    settings = [*parts_of(page.size), *parts_of(page.model), page.negative.text, memory.region]
    return [page.prompt.text, *settings, memory.set_aside]


def _looking(page: Page, memory: Memory) -> Inputs:
    history = page.history
    mine: Inputs = {"language": page.header.language, "visitor": memory.visitor, "zone": history.zone}
    return {**mine, "opened": history.opened_id, "pages": history.pages}
