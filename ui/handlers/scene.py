"""What the right column shows before an edit and while it runs."""

from pathlib import Path

import gradio as gr

from client import Phase, Progress, ResultPicture
from ui import html, stage
from ui.desk import Watched
from ui.form import Form
from ui.handlers import Updates
from ui.layout import Page
from ui.words import say


def draw_idle(page: Page, form: Form, *, offline: bool) -> Updates:
    """Show the examples, or the first picture as it is before the edit."""
    language, empty = form.language, not form.filled
    title, sub = ("stage.examples", "stage.examples_sub") if empty else ("stage.before", "stage.before_sub")
    scene = stage.examples(language) if empty else stage.before(language, form.first_shown)
    return {
        page.stage.heading: html.heading(say(language, title), say(language, sub)),
        page.prompt.status: html.status(language, "idle", say(language, "status.idle" if empty else "status.ready")),
        **only_scene(page, scene, stage.offline(language) if offline else ""),
    }


def only_scene(page: Page, scene: str, facts: str = "") -> Updates:
    """Put a scene on the stage, and nothing under it."""
    return {
        page.stage.scene: gr.update(value=scene, visible=True),
        page.stage.gallery: gr.update(value=[], visible="hidden"),
        page.actions.facts: facts,
        page.actions.row: gr.update(visible=False),
        # Without details, the style sheet takes the whole part away.
        **dict.fromkeys((page.about.sent, page.about.revised, page.about.details), ""),
    }


def draw_preparing(page: Page, language: str, picture: Path | None) -> Updates:
    """Show that an edit has begun."""
    text = say(language, "status.preparing")
    return {
        page.stage.heading: html.heading(say(language, "stage.before"), say(language, "stage.before_sub")),
        page.prompt.status: html.status(language, "busy", text, elapsed=0),
        **only_scene(page, stage.running(language, picture, steps(language, None, offline=False), 0)),
        **buttons(page, language, running=True),
    }


def buttons(page: Page, language: str, *, running: bool) -> Updates:
    """Run can always be pressed, and then says whether it starts a further edit; Stop only while one is shown."""
    return {
        page.prompt.run: gr.update(value=say(language, "act.run_another" if running else "act.run")),
        page.prompt.stop: gr.update(interactive=running),
    }


def draw_progress(page: Page, language: str, watched: Watched, progress: Progress, elapsed: float) -> Updates:
    """Show the phase the edit is in; results take the stage as soon as there is one."""
    said, left = _said(language, watched, progress), progress.wait_seconds
    wait = "" if left is None else say(language, "status.wait_left", seconds=round(left))
    updates = draw_preparing(page, language, watched.picture)
    updates[page.prompt.status] = html.status(language, "busy", said, wait, elapsed=elapsed)
    if not progress.pictures:
        listed = steps(language, progress.phase, offline=watched.offline)
        scene = stage.running(language, watched.picture, listed, elapsed)
        return {**updates, **only_scene(page, scene)}
    sub = say(language, "stage.partial_sub", received=len(progress.pictures), requested=progress.requested)
    return {
        **updates,
        page.stage.heading: html.heading(say(language, "stage.results"), sub),
        **only_gallery(page, language, progress.pictures),
    }


def _said(language: str, watched: Watched, progress: Progress) -> str:
    if progress.position is not None:
        return say(language, "status.queued", position=progress.position)
    return say(language, _phase_key(progress.phase, offline=watched.offline))


def only_gallery(page: Page, language: str, pictures: tuple[ResultPicture, ...]) -> Updates:
    """Put the results on the stage, each with its name, which screen readers say."""
    named = [
        (str(picture.path), say(language, "result.name", number=number))
        for number, picture in enumerate(pictures, start=1)
    ]
    return {
        page.stage.scene: gr.update(visible=False),
        page.stage.gallery: gr.update(value=named, visible=True, selected_index=0),
    }


def _phase_key(phase: Phase | None, *, offline: bool) -> str:
    keys = {
        None: "status.preparing",
        Phase.SENDING: "status.sending",
        Phase.WAITING: "status.waiting",
        Phase.WORKING: "status.working_offline" if offline else "status.working",
        Phase.FETCHING: "status.fetching",
    }
    return keys[phase]


def steps(language: str, phase: Phase | None, *, offline: bool) -> list[stage.Step]:
    """List the steps of an edit; the one of `phase` is the present one."""
    engine = "step.working_offline" if offline else "step.working"
    order = ["step.prepared", "step.sent", engine, "step.fetch"]
    present = {None: 0, Phase.SENDING: 1, Phase.WAITING: 1, Phase.WORKING: 2, Phase.FETCHING: 3}[phase]
    return [
        (say(language, key), "past" if place < present else "now" if place == present else "ahead")
        for place, key in enumerate(order)
    ]
