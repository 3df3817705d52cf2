"""Draws the right column: the one big place, and what is said about what stands in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import gradio as gr

from ui.layout.labels import Labels, draw_html, on_load
from ui.layout.slots import NUMBERS

ROUNDS: Final = ("anew", "original", "restart", "visit")
MENU_HEAD: Final = '<button type="button" class="menu-head" aria-expanded="false"><span>${value}</span></button>'
MADE: Final = ("beside", "done", "made", "restored", "used")
PAINTED: Final = ("done", "drawn", "painted", "remove", "used")
EVENTS: Final = ("again", "connect", "example", "fetch", "plain", "resend", "smaller")


@dataclass(frozen=True, slots=True)
class Stage:
    """The scene (examples, the picture before, progress, failures), painter, map maker and results take turns."""

    heading: gr.HTML
    scene: gr.HTML
    painter: gr.HTML
    maker: gr.HTML
    results: gr.HTML


@dataclass(frozen=True, slots=True)
class Actions:
    """What can be done with the result that is shown."""

    row: gr.Row
    menus: tuple[gr.HTML, ...]
    use: tuple[gr.Button, ...]
    download: gr.Button
    zip: gr.Button
    clean: gr.Button
    layers: gr.Button
    use_seed: gr.Button
    code: gr.Button
    remove: gr.Button
    handover: gr.DownloadButton
    panel: gr.HTML
    pasted: gr.HTML
    facts: gr.HTML
    lineage: gr.HTML


@dataclass(frozen=True, slots=True)
class About:
    """What the model read, and the details of the edit."""

    read_title: gr.HTML
    sent_title: gr.HTML
    sent: gr.HTML
    revised_title: gr.HTML
    revised: gr.HTML
    use_revised: gr.Button
    details_title: gr.HTML
    details: gr.HTML


def draw_stage() -> Stage:
    """Draw the stage with its heading; the scene is shown first."""
    heading = draw_html(elem_id="stage-heading")
    with gr.Column(elem_id="stage", min_width=0):
        scene = draw_html(js_on_load=on_load("buttons", *EVENTS), elem_id="scene")
        painter = draw_html(js_on_load=on_load("painter", *PAINTED), visible="hidden", elem_id="painter")
        maker = draw_html(js_on_load=on_load("maker", *MADE), visible="hidden", elem_id="maker")
        results = draw_html(js_on_load=on_load("results", "lay", "select"), visible="hidden", elem_id="results")
    return Stage(heading, scene, painter, maker, results)


def draw_actions(labels: Labels) -> Actions:
    """Draw the row of buttons under the results, hidden until there are any."""
    with gr.Row(elem_id="actions", visible=False) as row:
        further = labels.button("use.1", elem_id="use-as-1", size="md", elem_classes="accent")
        with _menu(labels, "use-menu", "use.menu") as use_menu:
            others = [labels.button(f"use.{number}", elem_id=f"use-as-{number}", size="md") for number in NUMBERS[1:]]
        download = labels.button("download.one", elem_id="download", size="md")
        with _menu(labels, "more-menu", "more.menu") as more_menu:
            zip_button = labels.button("download.all", elem_id="download-all", size="md", visible=False)
            clean = labels.button("download.clean", elem_id="download-clean", size="md")
            layers = labels.button("download.layers", elem_id="download-layers", size="md", visible=False)
            use_seed = labels.button("use.seed", elem_id="use-seed", size="md")
            code = labels.button("code.menu", elem_id="as-code", size="md")
            remove = labels.button("history.delete", elem_id="remove-edit", size="md")
        # A file is made when it is asked for; this hidden button then hands it over by itself.
        handover = gr.DownloadButton("", elem_id="handover", visible="hidden")
    panel = draw_html(js_on_load=on_load("panel", "close", "remove"), elem_id="result-panel")
    pasted = draw_html(js_on_load=on_load("buttons", "grow", "mix", "repaint"), elem_id="pasted")
    facts = draw_html(js_on_load=on_load("buttons", *EVENTS), elem_id="facts")
    lineage = draw_html(js_on_load=on_load("rounds", *ROUNDS), elem_id="lineage")
    return Actions(
        row,
        (use_menu, more_menu),
        (further, *others),
        download,
        zip_button,
        clean,
        layers,
        use_seed,
        code,
        remove,
        handover,
        panel,
        pasted,
        facts,
        lineage,
    )


@contextmanager
def _menu(labels: Labels, elem_id: str, title: str) -> Iterator[gr.HTML]:
    """Draw a button that opens what is drawn inside."""
    with gr.Column(elem_id=elem_id, elem_classes="menu", min_width=0):
        head = labels.draw(
            gr.HTML,
            {"value": title},
            html_template=MENU_HEAD,
            js_on_load=on_load("menu"),
            apply_default_css=False,
            elem_classes="menu-title",
        )
        with gr.Column(elem_classes="menu-body", min_width=0):
            yield head


def draw_about(labels: Labels) -> About:
    """Draw the two prompts beside each other, and the details."""
    with gr.Column(elem_id="about", min_width=0):
        read_title = draw_html(elem_classes="about-title")
        with gr.Row(elem_id="prompts"):
            with gr.Column(min_width=0):
                sent_title = draw_html(elem_classes="muted small")
                sent = draw_html(elem_id="sent-prompt")
            with gr.Column(min_width=0):
                revised_title = draw_html(elem_classes="muted small")
                revised = draw_html(elem_id="revised-prompt")
        use_revised = labels.button("read.use", elem_id="use-revised")
        details_title = draw_html(elem_classes="about-title")
        details = draw_html(elem_id="details")
    return About(read_title, sent_title, sent, revised_title, revised, use_revised, details_title, details)
