"""Draws the right column: the one big place, and what is said about what stands in it."""

from dataclasses import dataclass
from typing import Final

import gradio as gr

from ui.layout.labels import Labels, draw_html, on_load
from ui.layout.slots import NUMBERS

EVENTS: Final = ("again", "connect", "example", "fetch", "plain", "resend", "smaller")


@dataclass(frozen=True, slots=True)
class Stage:
    """The scene (examples, the picture before, progress, failures) and the results take turns in one place."""

    heading: gr.HTML
    scene: gr.HTML
    results: gr.HTML


@dataclass(frozen=True, slots=True)
class Actions:
    """What can be done with the result that is shown."""

    row: gr.Row
    use: tuple[gr.Button, ...]
    use_seed: gr.Button
    download: gr.DownloadButton
    zip: gr.Button
    archive: gr.DownloadButton
    facts: gr.HTML


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
        results = draw_html(js_on_load=on_load("results", "select"), visible="hidden", elem_id="results")
    return Stage(heading, scene, results)


def draw_actions(labels: Labels) -> Actions:
    """Draw the row of buttons under the results, hidden until there are any."""
    with gr.Row(elem_id="actions", visible=False) as row:
        use = tuple(
            labels.button(
                f"use.{number}", elem_id=f"use-as-{number}", size="md", elem_classes="accent" if number == 1 else None
            )
            for number in NUMBERS
        )
        use_seed = labels.button("use.seed", elem_id="use-seed", size="md")
        download = labels.draw(
            gr.DownloadButton, {"label": "download.one"}, elem_id="download", min_width=0, interactive=True
        )
        zip_button = labels.button("download.all", elem_id="download-all", size="md", visible=False)
        # The archive is made when it is asked for; this second button then hands it over by itself.
        archive = gr.DownloadButton("ZIP", elem_id="archive", visible="hidden")
    facts = draw_html(js_on_load=on_load("buttons", *EVENTS), elem_id="facts")
    return Actions(row, use, use_seed, download, zip_button, archive, facts)


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
