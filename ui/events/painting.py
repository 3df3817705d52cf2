"""The painter, the map maker and the sketch pad on the stage."""

from functools import partial
from typing import Any

from ui.events.options import Inputs, closing, js_only_options, listener_options, on_stage, showing, slot_values
from ui.handlers.region import RegionHandlers
from ui.handlers.structure import StructureHandlers
from ui.layout import Page, parts_of
from ui.memory import Memory


def wire_region(page: Page, memory: Memory, handlers: RegionHandlers, form: Inputs) -> None:
    """Paint where a picture may change, before an edit and after it."""
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
    regions: list[Any] = [memory.region, memory.repainted]
    js = "(form, again) => window.qwenEdit.painted(form, again)"
    stage.painter.painted(None, js=js, **{**js_only_options(), "inputs": regions, "outputs": regions})
    left_by = closing(page, memory, form)
    again = {**left_by, "inputs_kwargs": {**left_by["inputs_kwargs"], "repainted": memory.repainted}}
    left = [each(handlers.done, **again) for each in (stage.painter.done, stage.maker.done)]
    forgetting = {**left_by, "inputs_kwargs": {**painting, **on_stage(memory)}}
    left += [each(handlers.remove, **forgetting) for each in (stage.painter.remove, page.region.remove.click)]
    for each in left:
        each.then(None, js="() => window.qwenEdit.leavePainter()", **js_only_options())
    canvas, asked = page.region, [*slot_values(page), memory.region, memory.wording, *parts_of(page.region)]
    larger = listener_options(
        [*asked, page.prompt.status, page.prompt.note], {**form, "sides": canvas.sides, "amount": canvas.amount}
    )
    grown = canvas.grow.click(handlers.grow_canvas, **larger)
    grown.then(None, js="(text) => window.qwenEdit.reword(text)", **js_only_options(memory.wording))
    ready = "(sides) => ({__type__: 'update', interactive: sides.length > 0})"
    canvas.sides.change(None, js=ready, **js_only_options(canvas.sides, canvas.grow))
    growing = showing(page, memory, {"language": page.header.language, "outcome": memory.outcome})
    page.actions.pasted.grow(handlers.grow, **growing)


def wire_structure(page: Page, memory: Memory, handlers: StructureHandlers, form: Inputs) -> None:
    """Make structure maps of pictures, and draw in empty slots."""
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
    using = closing(page, memory, form)
    using["outputs"] = list(dict.fromkeys([*using["outputs"], *slot_values(page), memory.made, memory.wording]))
    using["inputs_kwargs"] = {**making, **on_stage(memory), "watchlist": memory.watchlist}
    for used in (
        maker.used(handlers.use, **using),
        painter.used(handlers.use, **using),
        maker.beside(partial(handlers.use, way="beside"), **using),
    ):
        used.then(None, js="(text) => window.qwenEdit.reword(text)", **js_only_options(memory.wording))
    restored = maker.restored(partial(handlers.use, way="back"), **using)
    restored.then(None, js="(text) => window.qwenEdit.reword(text, true)", **js_only_options(memory.wording))
