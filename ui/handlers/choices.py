"""Keeps the choices in step with each other: what the model takes, what the sections say when they are folded."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import gradio as gr

from client import Settings
from client.catalog import ModelSpec, is_known, model_spec
from ui import html, sizes
from ui.form import Form
from ui.handlers import Updates, merged
from ui.layout import Page
from ui.memory import Memory
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
        spec, carries = self._spec(form), form.service(self.settings).abilities.carries
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
            value = _value_to_show(set_aside, name, present, NEUTRAL[name], taken=taken[name])
            # A value that stays is not sent: the person may be typing another one meanwhile.
            updates[component] = gr.update(interactive=taken[name], **({} if value == present else {"value": value}))
        single = say(form.language, "n.single") if spec.max_n == 1 else ""
        links = gr.update(interactive="picture_links" in carries)
        return merged(
            updates, {self.page.size.n: gr.update(info=single)}, {slot.link: links for slot in self.page.slots}
        )

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

    def _spec(self, form: Form) -> ModelSpec:
        return model_spec(form.model, hosted=form.service(self.settings).abilities.hosted)

    def summarise(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say in short what is chosen, what it means, and what the edit may cost."""
        form = Form(**values)
        language, spec = form.language, self._spec(form)
        chosen = sizes.pixels(form.size, form.width, form.height) if spec.size else None
        short = say(language, "size.auto") if chosen is None else f"{chosen[0]}×{chosen[1]}"
        seed = say(language, "seed.placeholder") if form.seed is None else str(form.seed)
        negative = form.negative.strip() or say(language, "empty")
        return {
            self.page.size.fold: html.fold(
                say(language, "section.size"), say(language, "summary.size", n=form.n, size=short)
            ),
            self.page.size.custom: gr.update(visible=form.size == sizes.CUSTOM and bool(spec.size)),
            self.page.size.note: html.lines(_size_note(language, spec, chosen)),
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


def _size_note(language: str, spec: ModelSpec, chosen: tuple[int, int] | None) -> str:
    if spec.size is None:
        return say(language, "size.not_taken")
    if chosen is None:
        return say(language, "size.auto_note")
    return say(language, "size.pixels", width=chosen[0], height=chosen[1])
