"""What the right column shows before an edit and while it runs; ended.py says how it ended."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import gradio as gr

from client import ImageEditError, InvalidImageError, Phase, Progress
from ui import html
from ui.form import Form
from ui.handlers import Updates
from ui.html import stage
from ui.html.results import as_they_came, draw_results
from ui.layout import Page
from ui.region import region_in
from ui.watchlist import WatchedEdit
from ui.words import say, tell

SHORT: Final = 5  # seconds, below which nobody wonders how long it takes


def draw_idle(page: Page, form: Form, problems: Mapping[int, ImageEditError], *, offline: bool) -> Updates:
    """Show the first picture as it is before the edit; without one that can be used, the examples.

    `problems` says by their numbers which pictures cannot be used.
    """
    language, first = form.language, form.first_usable(problems)
    facts = stage.offline(language) if offline else ""
    status: Updates = {page.prompt.status: problem_status(language, problems) or idle_status(form)}
    if first:
        return {**draw_before(page, language, first.shown, first.number), page.actions.facts: facts, **status}
    return {
        page.stage.heading: html.heading(say(language, "stage.examples"), say(language, "stage.examples_sub")),
        **only_scene(page, stage.examples(language), facts),
        **status,
    }


def draw_before(page: Page, language: str, picture: Path | None, number: int = 1) -> Updates:
    """Show a picture as it is before the edit."""
    return {
        page.stage.heading: html.heading(say(language, "stage.before"), say(language, "stage.before_sub")),
        **only_scene(page, stage.before(language, picture, number)),
    }


def idle_status(form: Form) -> str:
    """Draw the status line of a form that is being filled in: what is still missing, or that nothing is."""
    filled = _ready(form) if form.prompt.strip() else "status.no_prompt"
    key = filled if form.first_usable() else "status.idle"
    return html.status(form.language, "idle", say(form.language, key))


def _ready(form: Form) -> str:
    found = region_in(form)
    if found is None:
        return "status.ready"
    return "region.ready_keep" if found[0].keep else "region.ready"


def problem_status(language: str, problems: Mapping[int, ImageEditError]) -> str:
    """Draw the status line for pictures that cannot be used: the first of them, and why; empty if there is none."""
    if not problems:
        return ""
    first = min(problems)
    return html.status(language, "failed", slot_sentence(language, first, problems[first]))


def slot_sentence(language: str, number: int, error: ImageEditError) -> str:
    """Say which picture cannot be used, and why."""
    if error.message.code == "image.missing":
        return say(language, "picture.gone", number=number)
    key = "picture.unusable" if isinstance(error, InvalidImageError) else "picture.at"
    return say(language, key, number=number, reason=tell(language, error.message))


def only_scene(page: Page, scene: str, facts: str = "") -> Updates:
    """Put a scene on the stage, and nothing under it but `facts`."""
    return {
        **_only(page, page.stage.scene, scene),
        **_nothing_under(page),
        page.actions.facts: facts,
    }


def _nothing_under(page: Page) -> Updates:
    return {
        page.actions.facts: "",
        page.actions.row: gr.update(visible=False),
        page.actions.panel: "",
        page.actions.pasted: "",
        # Without details, the style sheet takes the whole part away.
        **dict.fromkeys((page.about.sent, page.about.revised, page.about.details), ""),
    }


def draw_preparing(page: Page, language: str, picture: Path | None, *, offline: bool) -> Updates:
    """Show that an edit has begun."""
    scene = stage.running(language, picture, steps(language, None, offline=offline), 0)
    return {
        page.stage.heading: html.heading(say(language, "stage.before"), say(language, "stage.before_sub")),
        page.prompt.status: html.status(language, "busy", say(language, "status.preparing"), elapsed=0),
        **only_scene(page, scene),
        **buttons(page, language, running=True),
    }


def buttons(page: Page, language: str, *, running: bool) -> Updates:
    """Run can always be pressed, and then says whether it starts a further edit; Stop only while one is shown."""
    return {
        page.prompt.run: gr.update(value=say(language, "act.run_another" if running else "act.run")),
        page.prompt.stop: gr.update(interactive=running),
    }


def draw_progress(  # noqa: PLR0913, PLR0917 - an edit, how far it is, and since when
    page: Page,
    language: str,
    watched: WatchedEdit,
    progress: Progress,
    elapsed: float,
    usual: tuple[float, float] | None = None,
) -> Updates:
    """Show the phase the edit is in; results take the stage as soon as there is one.

    `usual` says between how many seconds the person's like edits mostly took.
    """
    said, left = _said(language, watched, progress), progress.wait_seconds
    right = _usual(language, usual) if left is None else say(language, "status.wait_left", seconds=round(left))
    if progress.pictures:
        title = say(language, "stage.results")
        sub = say(language, "stage.partial_sub", received=len(progress.pictures), requested=progress.requested)
        missing = progress.requested - len(progress.pictures)
        drawn = draw_results(
            language, as_they_came(progress.pictures), watched.pictures, edit=watched.id, missing=missing
        )
        shown = {**only_results(page, drawn), **_nothing_under(page)}
    else:
        title, sub = say(language, "stage.before"), say(language, "stage.before_sub")
        waits = said if progress.position is not None else ""
        listed = steps(language, progress.phase, offline=watched.offline, waits=waits)
        shown = only_scene(page, stage.running(language, watched.picture, listed, elapsed, progress.requested))
    return {
        page.stage.heading: html.heading(title, sub),
        page.prompt.status: html.status(language, "busy", said, right, elapsed=elapsed),
        **shown,
        **buttons(page, language, running=True),
    }


def _usual(language: str, usual: tuple[float, float] | None) -> str:
    """Say how long such edits mostly take, where it is long enough to be worth a word."""
    if usual is None or usual[1] < SHORT:
        return ""
    low = math.floor(usual[0])
    high = max(math.ceil(usual[1]), low + 1)
    return say(language, "status.usual", low=low, high=high) if low else say(language, "status.usual_under", high=high)


def _said(language: str, watched: WatchedEdit, progress: Progress) -> str:
    if progress.position is not None:
        return say(language, "status.queued", position=progress.position)
    return say(language, _phase_key(progress.phase, offline=watched.offline))


def only_results(page: Page, drawn: str) -> Updates:
    """Put the results on the stage, to be looked at alone or against the pictures that were sent."""
    return _only(page, page.stage.results, drawn)


def only_painter(page: Page, drawn: str) -> Updates:
    """Put the painter on the stage, and nothing under it."""
    return {**_only(page, page.stage.painter, drawn), **_nothing_under(page)}


def only_maker(page: Page, drawn: str) -> Updates:
    """Put the map maker on the stage, and nothing under it."""
    return {**_only(page, page.stage.maker, drawn), **_nothing_under(page)}


def _only(page: Page, part: gr.HTML, drawn: str) -> Updates:
    """Put this part on the stage, and take the others from it."""
    stage = page.stage
    # Each needs an update of its own: Gradio empties those that it has read.
    hidden: Updates = {
        each: gr.update(value="", visible="hidden") for each in (stage.painter, stage.maker, stage.results)
    }
    return {stage.scene: gr.update(visible=False), **hidden, part: gr.update(value=drawn, visible=True)}


def _phase_key(phase: Phase | None, *, offline: bool) -> str:
    keys = {
        None: "status.preparing",
        Phase.SENDING: "status.sending",
        Phase.WAITING: "status.waiting",
        Phase.RECONNECTING: "status.reconnecting",
        Phase.WORKING: "status.working_offline" if offline else "status.working",
        Phase.FETCHING: "status.fetching",
    }
    return keys[phase]


def steps(language: str, phase: Phase | None, *, offline: bool, waits: str = "") -> list[stage.Step]:
    """List the steps of an edit; the one of `phase` is the present one, but for an edit that `waits` for its turn."""
    engine = "step.working_offline" if offline else "step.working"
    said = [say(language, key) for key in ("step.prepared", "step.sent", engine, "step.fetch")]
    present = {None: 0, Phase.WORKING: 2, Phase.FETCHING: 3}.get(phase, 1)
    if waits:
        present = 1
        said.insert(present, waits)
    return [
        (text, "past" if place < present else "now" if place == present else "ahead") for place, text in enumerate(said)
    ]
