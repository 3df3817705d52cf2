"""Keeps the choices in step with each other: what the model takes, what the sections say when they are folded."""

from dataclasses import dataclass
from typing import Any, TypeVar

import gradio as gr

from client import ModelSpec, Settings, is_known, model_spec
from ui import markup, sizes
from ui.form import Form
from ui.handlers import Updates
from ui.layout import Page
from ui.memory import Memory
from ui.text import say

Value = TypeVar("Value")


@dataclass(frozen=True)
class ChoiceHandlers:
    """The handlers of number, size, model, seed and negative prompt."""

    page: Page
    memory: Memory
    settings: Settings

    def fit(self, *, kept: dict[str, Any], **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Disable what the model does not take, and bring a value back when it is taken again."""
        form = Form(**values)
        spec = model_spec(form.model)
        kept = dict(kept)
        n = _keep(kept, "n", form.n, 1 if spec.max_n == 1 else None)
        size = _keep(kept, "size", form.size, None if spec.size else sizes.AUTO)
        extend = _keep(kept, "prompt_extend", form.prompt_extend, None if spec.prompt_extend else False)
        single = say(form.language, "n.single") if spec.max_n == 1 else ""
        return {
            self.page.size.n: gr.update(value=n, interactive=spec.max_n > 1, info=single),
            self.page.size.size: gr.update(value=size, interactive=bool(spec.size)),
            self.page.model.prompt_extend: gr.update(value=extend, interactive=spec.prompt_extend),
            self.memory.kept: kept,
        }

    def summarise(self, **values: Any) -> Updates:  # noqa: ANN401 - see Form
        """Say in short what is chosen, what it means, and what the edit may cost."""
        form = Form(**values)
        language, spec = form.language, model_spec(form.model)
        chosen = sizes.pixels(form.size, form.width, form.height) if spec.size else None
        short = say(language, "size.auto") if chosen is None else f"{chosen[0]}×{chosen[1]}"
        seed = say(language, "seed.placeholder") if form.seed is None else str(form.seed)
        negative = form.negative.strip() or say(language, "summary.empty")
        return {
            self.page.size.fold: self._fold(
                language, "section.size", say(language, "summary.size", n=form.n, size=short)
            ),
            self.page.size.custom: gr.update(visible=form.size == sizes.CUSTOM and bool(spec.size)),
            self.page.size.note: markup.lines(_size_note(language, spec, chosen)),
            self.page.model.fold: self._fold(
                language, "section.model", say(language, "summary.model", model=form.model, seed=seed)
            ),
            self.page.model.note: markup.lines(self._model_note(form, spec)),
            self.page.negative.fold: self._fold(language, "section.negative", negative),
            self.page.prompt.price: markup.lines(self._price(form, spec)),
        }

    def _fold(self, language: str, key: str, summary: str) -> str:
        return markup.fold(say(language, key), summary)

    def _model_note(self, form: Form, spec: ModelSpec) -> str:
        language = form.language
        if self.settings.offline and form.key is None:
            return say(language, "model.offline")
        if not is_known(form.model):
            return say(language, "model.unknown")
        price = f"{spec.price_cny or 0:.2f}"
        if spec.size is None:
            return say(language, "model.single", price=price)
        key = f"model.{'' if spec.price_cny else 'unpriced_'}{spec.size.kind}"
        return say(language, key, n=spec.max_n, low=spec.size.low, high=spec.size.high, price=price)

    def _price(self, form: Form, spec: ModelSpec) -> str:
        language = form.language
        if self.settings.offline and form.key is None:
            return say(language, "price.free")
        n = min(form.n, spec.max_n)
        count = say(language, "count.one" if n == 1 else "count.many", count=n)
        if spec.price_cny is None:
            return say(language, "price.unknown", count=count)
        return say(language, "price.about", count=count, price=f"{n * spec.price_cny:.2f}")


def _keep(kept: dict[str, Value], name: str, value: Value, neutral: Value | None) -> Value:
    """Give the value to show: `neutral` while the model does not take it, the kept one when it is taken again."""
    if neutral is not None:
        kept.setdefault(name, value)
        return neutral
    return kept.pop(name, value)


def _size_note(language: str, spec: ModelSpec, chosen: tuple[int, int] | None) -> str:
    if spec.size is None:
        return say(language, "size.not_taken")
    if chosen is None:
        return say(language, "size.auto_note")
    return say(language, "size.pixels", width=chosen[0], height=chosen[1])
