"""Draws what stands under the slots: what should change, and how it is to be made."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from client.catalog import DEFAULT_MODEL, MODELS, SEED_MAX
from ui import html, sizes
from ui.layout.labels import Labels, draw_html, english, on_load
from ui.layout.slots import NUMBERS
from ui.words import Language

FOLD_HEAD = '<button type="button" class="fold-head">${value}</button>'
MENU_TITLE = ""  # the menu shows its own name until something is chosen
# Gradio says the values of these boxes to whoever rests on them, in whatever language the page is.
SIDES = {"←": "left", "↑": "top", "→": "right", "↓": "bottom"}
# What the browser finds out about the slots by itself is said under them: the sentences, and what shows each.
SAID_OF_SLOTS = {"slot.left_over": "left-over", "slot.no_camera": "no-camera", "slot.no_picture": "no-picture"}
SIDE_LOW, SIDE_HIGH = 512, 2048  # reference, "Output image spec"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt, and the buttons that act on it."""

    templates: gr.Dropdown
    text: gr.Textbox
    chips: tuple[gr.Button, ...]
    count: gr.HTML
    note: gr.HTML
    run: gr.Button
    stop: gr.Button
    status: gr.HTML
    price: gr.HTML
    edit_list: gr.HTML
    take_back: gr.Button
    said: tuple[gr.HTML, ...]
    offer: gr.HTML


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """Where the picture may change."""

    fold: gr.HTML
    note: gr.HTML
    paint: gr.Button
    remove: gr.Button
    sides: gr.CheckboxGroup
    amount: gr.Slider
    grow: gr.Button


@dataclass(frozen=True, slots=True)
class SizeChoice:
    """How many results, and how large."""

    fold: gr.HTML
    n: gr.Slider
    size: gr.Radio
    custom: gr.Row
    width: gr.Slider
    height: gr.Slider
    note: gr.HTML


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model, and what it is told beside the prompt."""

    fold: gr.HTML
    model: gr.Dropdown
    note: gr.HTML
    seed: gr.Number
    random: gr.Button
    prompt_extend: gr.Checkbox
    watermark: gr.Checkbox


@dataclass(frozen=True, slots=True)
class Negative:
    """What should not appear."""

    fold: gr.HTML
    text: gr.Textbox
    count: gr.HTML


def draw_prompt(labels: Labels) -> Prompt:
    """Draw the prompt box, Run, Stop and the status line; above them what is said of the slots when it is needed."""
    said = [_draw_said(labels, key, elem_id=name, elem_classes="of-slots") for key, name in SAID_OF_SLOTS.items()]
    offer = draw_html(elem_id="offer", js_on_load=on_load("buttons", "restore", "dismiss"))
    with gr.Column(elem_id="prompt-box", min_width=0):
        templates = _draw_templates(labels)
        text = labels.draw(
            gr.Textbox,
            {"label": "prompt.label", "placeholder": "prompt.placeholder"},
            lines=3,
            max_lines=8,
            elem_id="prompt",
            interactive=True,
        )
        with gr.Row(elem_id="prompt-foot"):
            chips = tuple(_draw_chip(labels, number) for number in NUMBERS)
            count = draw_html("0 / 800", elem_id="prompt-count", elem_classes="count")
    note = draw_html(elem_id="note")
    with gr.Row(elem_id="replaced"):
        said.append(_draw_said(labels, "prompt.replaced"))
        take_back = labels.button("prompt.take_back", elem_id="take-back", elem_classes="link")
    with gr.Row(elem_id="run-row"):
        run = labels.button("act.run", variant="primary", elem_id="run", size="lg")
        stop = labels.button("act.stop", elem_id="stop", interactive=False, size="lg")
    with gr.Row(elem_id="status-row"):
        status = draw_html(html.status(Language.ENGLISH, "idle", english("status.idle")), elem_id="status")
        price = draw_html(elem_id="price")
    edit_list = draw_html(elem_id="aside", js_on_load=on_load("buttons", "show", "stop", "dismiss"))
    return Prompt(
        templates, text, chips, count, note, run, stop, status, price, edit_list, take_back, tuple(said), offer
    )


def _draw_said(labels: Labels, key: str, **settings: Any) -> gr.HTML:  # noqa: ANN401 - passed through to Gradio as they are
    """Draw a sentence that the style sheet hides until the browser has found out that it is so."""
    return labels.draw(gr.HTML, {"value": key}, apply_default_css=False, **settings)


def _draw_templates(labels: Labels) -> gr.Dropdown:
    return labels.draw(
        gr.Dropdown,
        {"label": "template.menu"},
        choices=[(english("template.menu"), MENU_TITLE)],
        value=MENU_TITLE,
        show_label=False,
        container=False,
        filterable=False,
        elem_id="templates",
        interactive=True,
        min_width=0,
    )


def _draw_chip(labels: Labels, number: int) -> gr.Button:
    return labels.button(
        "slot.name", {"number": number}, elem_id=f"chip-{number}", elem_classes="chip", interactive=False
    )


def _draw_fold(key: str) -> gr.HTML:
    return draw_html(
        html.fold(english(key), ""),
        html_template=FOLD_HEAD,
        js_on_load=on_load("fold"),
        elem_classes="fold-title",
    )


def draw_region_choice(labels: Labels) -> RegionChoice:
    """Draw the way to the painter, and what painting is good for."""
    with gr.Column(elem_id="fold-region", elem_classes="fold", min_width=0):
        fold = _draw_fold("section.region")
        with gr.Column(elem_classes="fold-body", min_width=0):
            note = draw_html(elem_classes="field-note")
            with gr.Row(elem_id="region-row"):
                paint = labels.button("region.open", elem_id="paint", elem_classes="accent")
                remove = labels.button("region.remove", elem_id="remove-region", visible=False)
            sides = labels.draw(
                gr.CheckboxGroup,
                {"label": "canvas.sides", "info": "canvas.hint"},
                choices=[(english(f"canvas.{side}"), arrow) for arrow, side in SIDES.items()],
                value=[],
                elem_id="canvas-sides",
                elem_classes="chips",
                interactive=True,
            )
            with gr.Row(elem_id="canvas-row"):
                amount = labels.draw(
                    gr.Slider,
                    {"label": "canvas.amount"},
                    minimum=5,
                    maximum=100,
                    value=25,
                    step=5,
                    elem_id="canvas-amount",
                    interactive=True,
                    min_width=0,
                )
                grow = labels.button("canvas.grow", elem_id="grow-canvas", interactive=False)
    return RegionChoice(fold, note, paint, remove, sides, amount, grow)


def draw_size_choice(labels: Labels) -> SizeChoice:
    """Draw the number of results and their size."""
    with gr.Column(elem_id="fold-size", elem_classes="fold", min_width=0):
        fold = _draw_fold("section.size")
        with gr.Column(elem_classes="fold-body", min_width=0):
            n = labels.draw(
                gr.Slider, {"label": "n.label"}, minimum=1, maximum=6, value=1, step=1, elem_id="n", interactive=True
            )
            size = labels.draw(
                gr.Radio,
                {"label": "size.label"},
                choices=[(name, name) for name in sizes.CHOICES],
                value=sizes.AUTO,
                elem_id="size",
                elem_classes="chips",
                interactive=True,
            )
            with gr.Row(visible=False, elem_id="custom-size") as custom:
                width, height = (_draw_side(labels, side) for side in ("width", "height"))
            note = draw_html(elem_id="size-note", elem_classes="field-note")
    return SizeChoice(fold, n, size, custom, width, height, note)


def _draw_side(labels: Labels, side: str) -> gr.Slider:
    return labels.draw(
        gr.Slider,
        {"label": f"size.{side}"},
        minimum=SIDE_LOW,
        maximum=SIDE_HIGH,
        value=1024,
        step=sizes.STEP,
        elem_id=side,
        interactive=True,
        min_width=0,
    )


def draw_model_choice(labels: Labels) -> ModelChoice:
    """Draw the model with its line, the seed, rewriting and the watermark."""
    with gr.Column(elem_id="fold-model", elem_classes="fold", min_width=0):
        fold = _draw_fold("section.model")
        with gr.Column(elem_classes="fold-body", min_width=0):
            model = labels.draw(
                gr.Dropdown,
                {"label": "model.label"},
                choices=[spec.name for spec in MODELS],
                value=DEFAULT_MODEL,
                allow_custom_value=True,
                elem_id="model",
                interactive=True,
            )
            note = draw_html(elem_id="model-note", elem_classes="field-note")
            with gr.Row(elem_id="seed-row"):
                seed = labels.draw(
                    gr.Number,
                    {"label": "seed.label", "info": "seed.info", "placeholder": "seed.placeholder"},
                    value=None,
                    precision=0,
                    minimum=0,
                    maximum=SEED_MAX,
                    elem_id="seed",
                    interactive=True,
                    min_width=0,
                )
                random = labels.button("seed.random", elem_id="random-seed")
            prompt_extend = labels.draw(
                gr.Checkbox,
                {"label": "model.prompt_extend", "info": "model.prompt_extend_info"},
                value=True,
                elem_id="prompt-extend",
                interactive=True,
            )
            watermark = labels.draw(
                gr.Checkbox, {"label": "model.watermark"}, value=False, elem_id="watermark", interactive=True
            )
    return ModelChoice(fold, model, note, seed, random, prompt_extend, watermark)


def draw_negative(labels: Labels) -> Negative:
    """Draw the negative prompt."""
    with gr.Column(elem_id="fold-negative", elem_classes="fold", min_width=0):
        fold = _draw_fold("section.negative")
        with gr.Column(elem_classes="fold-body", min_width=0):
            text = labels.draw(
                gr.Textbox,
                {"label": "negative.label", "placeholder": "negative.placeholder"},
                lines=2,
                max_lines=5,
                elem_id="negative-prompt",
                interactive=True,
            )
            count = draw_html("0 / 500", elem_id="negative-count", elem_classes="count")
    return Negative(fold, text, count)
