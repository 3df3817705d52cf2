"""The form: slots, prompt, choices, examples, and what the browser keeps of it."""

import json
from functools import partial
from typing import Any

import gradio as gr

from client.catalog import NEGATIVE_LIMIT, PROMPT_LIMIT
from ui.events.options import Inputs, adapting, asked, js_only_options, listener_options, seen_in_slots, slot_values
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.fill import FillHandlers
from ui.handlers.offer import OfferHandlers
from ui.handlers.slots import SlotHandlers
from ui.layout import Page, parts_of
from ui.memory import Memory


def wire_slots(page: Page, memory: Memory, handlers: SlotHandlers, form: Inputs) -> None:
    """Let slots be filled, emptied and moved."""
    outputs = seen_in_slots(page, memory)
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
        slot.name.move(handlers.move, **listener_options(slot_values(page), form))
        slot.link.click(None, js=f"() => window.qwenEdit.openLink({number})", **js_only_options())
        for button, left in ((slot.left, number - 1), (slot.right, number)):
            if 1 <= left < len(page.slots):
                pair = [part for each in page.slots[left - 1 : left + 1] for part in (each.picture, each.url)]
                button.click(partial(handlers.swap, left), **listener_options(pair, form))


def wire_prompt(page: Page, memory: Memory, handlers: SlotHandlers, form: Inputs) -> None:
    """Look at the prompt while it is typed."""
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


def wire_choices(page: Page, memory: Memory, handlers: ChoiceHandlers, form: Inputs) -> None:
    """Say what is chosen, and what it means."""
    size, model = page.size, page.model
    model.model.change(handlers.adapt_to_model, trigger_mode="always_last", **adapting(page, memory, form))
    chosen: list[Any] = [size.n, size.size, size.width, size.height, model.model, model.seed, page.negative.text]
    chosen.append(memory.region)
    said = listener_options(_summaries(page), form)
    gr.on([each.change for each in chosen], handlers.summarise, trigger_mode="always_last", **said)
    model.random.click(None, js="() => null", **js_only_options(outputs=model.seed))


def _summaries(page: Page) -> list[Any]:
    size, model = page.size, page.model
    region = [*parts_of(page.region), *(slot.region for slot in page.slots)]
    return [*region, size.fold, size.custom, size.note, model.fold, model.note, page.negative.fold, page.prompt.price]


def wire_starts(page: Page, memory: Memory) -> None:
    """Fill the form from examples and templates."""
    handlers, language, text = FillHandlers(page, memory), page.header.language, page.prompt.text
    filled = [text, *slot_values(page), memory.region]
    page.stage.scene.example(handlers.example, **listener_options(filled, {"language": language}))
    menu = page.prompt.templates
    inputs: Inputs = {"language": language, "chosen": menu, "prompt": text}
    worded = menu.input(handlers.template, **listener_options([memory.wording, menu], inputs))
    worded.then(None, js="(text) => window.qwenEdit.reword(text)", **js_only_options(memory.wording))


def wire_offer(page: Page, memory: Memory, handlers: OfferHandlers, choices: ChoiceHandlers, form: Inputs) -> None:
    """Offer to restore what a downloaded result was made with."""
    offer, known = page.prompt.offer, {**form, "watchlist": memory.watchlist}
    offer.dismiss(handlers.dismiss, **listener_options([offer], known))
    outputs = list(dict.fromkeys([offer, page.prompt.status, *slot_values(page), *asked(page, memory)]))
    taken = offer.restore(handlers.restore, **listener_options(outputs, {**known, "visitor": memory.visitor}))
    # The service that is in use now may not take all of it.
    taken.then(choices.adapt_to_model, **adapting(page, memory, form))


def wire_draft(page: Page, memory: Memory) -> None:
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
