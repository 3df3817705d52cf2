"""Keeps the choices in step with each other: what the model takes, what the sections say when they are folded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import gradio as gr

from client import Settings
from client.catalog import ModelSpec, is_known
from ui import html, sizes
from ui.form import Form
from ui.handlers import Updates, merged
from ui.layout import Page
from ui.memory import Memory
from ui.region import region_in
from ui.words import say

Value = TypeVar("Value")
# What a control shows while it is not taken.
NEUTRAL: Final[dict[str, Any]] = {
    "n": 1,
    "size": sizes.AUTO,
    "seed": None,
    "prompt_extend": False,
    "watermark": False,
    "negative": "",
}


@dataclass(frozen=True)
class ChoiceHandlers:
    """The handlers of number, size, model, seed and negative prompt."""

    page: Page
    memory: Memory
    settings: Settings

    def adapt_to_model(self, *, set_aside: dict[str, Any], **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Disable what the model or the service does not take, and bring a value back when it is taken again."""
        form, set_aside = Form(**values), dict(set_aside)
        spec, carries = form.spec(self.settings), form.service(self.settings).abilities.carries
        taken = {
            "n": spec.max_n > 1 and "n" in carries,
            "size": spec.size is not None and "size" in carries,
            "seed": "seed" in carries,
            "prompt_extend": spec.prompt_extend and "prompt_extend" in carries,
            "watermark": "watermark" in carries,
            "negative": "negative_prompt" in carries,
        }
        updates: Updates = {self.memory.set_aside: set_aside}
        for name, component in self._controls().items():
            present = getattr(form, name)
            if name == "size" and not taken[name]:
                updates[component] = self._unsized(form, set_aside)
                continue
            value = _value_to_show(set_aside, name, present, NEUTRAL[name], taken=taken[name])
            # A value that stays is not sent: the person may be typing another one meanwhile.
            updates[component] = gr.update(interactive=taken[name], **({} if value == present else {"value": value}))
        if taken["size"]:
            updates[self.page.size.size]["choices"] = size_choices(form.language)
        single = say(form.language, "n.single") if spec.max_n == 1 else ""
        links = gr.update(interactive="picture_links" in carries)
        return merged(
            updates, {self.page.size.n: gr.update(info=single)}, {slot.link: links for slot in self.page.slots}
        )

    def _unsized(self, form: Form, set_aside: dict[str, Any]) -> Any:  # noqa: ANN401 - Gradio's own update
        """Leave of the sizes those that are made here, of whatever a model sends."""
        choices = size_choices(form.language, sizes.UNSIZED)
        if form.size in sizes.UNSIZED:
            return gr.update(choices=choices, interactive=True)
        set_aside.setdefault("size", form.size)
        return gr.update(choices=choices, interactive=True, value=sizes.AUTO)

    def _controls(self) -> dict[str, Any]:
        size, model = self.page.size, self.page.model
        return {
            "n": size.n,
            "size": size.size,
            "seed": model.seed,
            "prompt_extend": model.prompt_extend,
            "watermark": model.watermark,
            "negative": self.page.negative.text,
        }

    def summarise(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say in short what is chosen, what it means, and what the edit may cost."""
        form = Form(**values)
        language, spec = form.language, form.spec(self.settings)
        seed = say(language, "seed.placeholder") if form.seed is None else str(form.seed)
        negative = form.negative.strip() or say(language, "empty")
        return {
            **plan_of_region(self.page, form),
            **plan_of_size(self.page, form, spec),
            self.page.size.custom: gr.update(visible=form.size == sizes.CUSTOM and bool(spec.size)),
            self.page.model.fold: html.fold(
                say(language, "section.model"), say(language, "summary.model", model=form.model, seed=seed)
            ),
            self.page.model.note: html.lines(self._model_note(form, spec)),
            self.page.negative.fold: html.fold(say(language, "section.negative"), negative),
            self.page.prompt.price: html.lines(self._price(form, spec)),
        }

    def _model_note(self, form: Form, spec: ModelSpec) -> str:
        language = form.language
        if form.service(self.settings).offline:
            return say(language, "model.offline")
        if not form.service(self.settings).abilities.hosted:
            return say(language, "model.own_server")
        if not is_known(form.model):
            return say(language, "model.unknown")
        price = f"{spec.price_cny or 0:.2f}"
        if spec.size is None:
            return say(language, "model.single", price=price)
        key = f"model.{'' if spec.price_cny else 'unpriced_'}{spec.size.kind}"
        return say(language, key, n=spec.max_n, low=spec.size.low, high=spec.size.high, price=price)

    def _price(self, form: Form, spec: ModelSpec) -> str:
        language = form.language
        if form.service(self.settings).offline:
            return say(language, "price.free")
        n = min(form.n, spec.max_n)
        if spec.price_cny is None:
            return say(language, "count.results", count=n)
        return say(language, "price.about", count=n, price=f"{n * spec.price_cny:.2f}")


def _value_to_show(set_aside: dict[str, Any], name: str, value: Value, neutral: Value, *, taken: bool) -> Value:
    """Give `neutral` while a control is not taken, and the value that was set aside when it is taken again."""
    if taken:
        shown: Value = set_aside.pop(name, value)
        return shown
    set_aside.setdefault(name, value)
    return neutral


def size_choices(language: str, choices: Sequence[str] = sizes.CHOICES) -> list[tuple[str, str]]:
    """List sizes by the names that they have on the page."""
    return [(_size_name(language, choice), choice) for choice in choices]


def _size_name(language: str, choice: str) -> str:
    if choice in sizes.SAME:
        return say(language, "size.same", number=sizes.SAME[choice])
    return say(language, f"size.{choice}") if choice.isalpha() else choice


def plan_of_region(page: Page, form: Form) -> Updates:
    """Say where the picture may change, and on which slot that was painted."""
    language, found = form.language, region_in(form)
    said = say(language, "region.anywhere")
    if found:
        key = "region.summary_keep" if found[0].keep else "region.summary"
        said = say(language, key, number=found[1].number)
    painted, tool = found[1].slot if found else None, ["tool", "i-brush", "when-filled"]
    return {
        page.region.fold: html.fold(say(language, "section.region"), said),
        page.region.note: html.lines(say(language, "region.hint")),
        page.region.remove: gr.update(visible=found is not None),
        **{
            slot.region: gr.update(elem_classes=[*tool, "on"] if number == painted else tool)
            for number, slot in enumerate(page.slots, start=1)
        },
    }


def plan_of_size(page: Page, form: Form, spec: ModelSpec) -> Updates:
    """Say which size the results will have, in the title of its section and under the choices."""
    language = form.language
    short, note = _planned_exactly(form) or _planned(form, spec)
    return {
        page.size.fold: html.fold(say(language, "section.size"), say(language, "summary.size", n=form.n, size=short)),
        page.size.note: html.lines(note),
    }


def _planned_exactly(form: Form) -> tuple[str, str] | None:
    """Say the size of the picture that results are put back into; None where they stay as they come.

    A region that is painted overrules the choice.
    """
    found = region_in(form)
    number = found[1].number if found else sizes.SAME.get(form.size)
    if number is None:
        return None
    if number not in form.picture_sizes:
        return say(form.language, "size.auto"), say(form.language, "size.same_missing", number=number)
    width, height = form.picture_sizes[number]
    short = say(form.language, "summary.as_picture", size=f"{width}×{height}", number=number)
    return short, say(form.language, "size.exact_note", width=width, height=height)


def _planned(form: Form, spec: ModelSpec) -> tuple[str, str]:
    """Say in short and in a sentence which size the results will have."""
    language, automatic = form.language, say(form.language, "size.auto")
    if spec.size is None:
        return automatic, say(language, "size.not_taken")
    chosen = sizes.pixels(form.size, form.width, form.height)
    if chosen:
        stepped = form.size == sizes.CUSTOM and chosen != (form.width, form.height)
        known = {"width": chosen[0], "height": chosen[1]}
        said = (
            say(language, "size.stepped", step=sizes.STEP, **known)
            if stepped
            else say(language, "size.pixels", **known)
        )
        return f"{chosen[0]}×{chosen[1]}", said
    first = next(iter(form.filled), None)
    if first and first.path is None:
        return automatic, say(language, "size.by_link")  # nobody here knows how large a linked picture is
    if 1 not in form.picture_sizes:
        return automatic, say(language, "size.auto_note")
    width, height = sizes.shaped_like(form.picture_sizes[1], spec.size)
    short = say(language, "summary.shaped", size=f"{width}×{height}", number=1)
    return short, say(language, "size.as_first", width=width, height=height)
