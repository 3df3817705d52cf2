"""What the page shows when an edit has ended: done, failed or stopped."""

from typing import Final

import gradio as gr

from client import Charge, EditResult, ImageEditError, Settings
from ui import html, stage
from ui.handlers import Updates
from ui.handlers.scene import buttons, only_gallery, only_scene
from ui.layout import Page
from ui.outcome import Outcome
from ui.prompt import compare
from ui.words import say, tell

# What is missing is said in the status line; the stage stays as it is.
MISSING: Final = {"request.no_picture", "request.no_prompt", "request.model"}


def slot_sentence(language: str, number: int, error: ImageEditError) -> str:
    """Say which picture cannot be used, and why."""
    if error.message.code == "image.missing":
        return say(language, "picture.gone", number=number)
    return say(language, "picture.at", number=number, reason=tell(language, error.message))


def draw_outcome(page: Page, language: str, outcome: Outcome, settings: Settings) -> Updates:
    """Show how the edit ended."""
    draw = {"done": _draw_done, "failed": _draw_failed, "stopped": _draw_stopped}[outcome.kind]
    return {**draw(page, language, outcome, settings), **buttons(page, language, running=False)}


def _draw_done(page: Page, language: str, outcome: Outcome, settings: Settings) -> Updates:
    result = outcome.result
    assert result is not None, "an edit that is done has a result"  # noqa: S101 - states what the type cannot
    counts = {"received": len(result.pictures), "requested": result.requested}
    fewer = len(result.pictures) < result.requested
    several = result.requested > 1
    said = say(language, "status.done" if several else "status.done_one", seconds=f"{outcome.seconds:.0f}", **counts)
    # What the answer lacks is said after what was known before it was sent.
    warning = tell(language, result.warnings[-1]) if fewer and result.warnings else ""
    left, right = _read(outcome, result.revised_prompt, language)
    return {
        page.prompt.status: html.status(language, "warning" if fewer else "done", warning or said),
        page.stage.heading: html.heading(
            say(language, "stage.results" if several else "stage.result"),
            say(language, "stage.results_sub", **counts) if several else "",
        ),
        **only_gallery(page, language, result.pictures),
        page.actions.facts: result_facts(language, result, 0, settings),
        page.actions.row: gr.update(visible=True),
        page.actions.zip: gr.update(visible=len(result.pictures) > 1),
        page.actions.download: gr.update(value=str(result.pictures[0].path)),
        page.about.read_title: html.heading(say(language, "read.title_offline" if outcome.offline else "read.title")),
        page.about.sent_title: html.lines(say(language, "read.yours")),
        page.about.sent: left,
        page.about.revised_title: html.lines(say(language, "read.offline" if outcome.offline else "read.model")),
        page.about.revised: right,
        page.about.use_revised: gr.update(visible=bool(result.revised_prompt) and not outcome.offline),
        page.about.details_title: html.heading(say(language, "details.title")),
        page.about.details: html.table(
            details(language, result, outcome.host or settings.host, offline=outcome.offline)
        ),
    }


def _read(outcome: Outcome, revised: str | None, language: str) -> tuple[str, str]:
    theirs = revised or say(language, "read.none")
    # The offline engine says what it did, in words of its own: there is nothing to compare.
    comparable = revised and not outcome.offline
    left, right = compare(outcome.prompt, theirs) if comparable else ([(outcome.prompt, False)], [(theirs, False)])
    return html.marked(left, "del"), html.marked(right, "ins")


def result_facts(language: str, result: EditResult, selected: int, settings: Settings) -> str:
    """Say the size and seed of the result that is shown, and where it is kept."""
    picture = result.pictures[min(selected, len(result.pictures) - 1)]
    size = say(language, "size.pixels", width=picture.width, height=picture.height)
    kept = "" if settings.public else say(language, "facts.kept", folder=html.folder_name(picture.path.parent))
    return html.facts(size, say(language, "facts.seed", seed=result.seed), kept)


def details(language: str, result: EditResult, host: str, *, offline: bool) -> list[tuple[str, str]]:
    """List what is known about the edit, in the reader's words."""
    sizes = say(language, "list.comma").join(
        dict.fromkeys(f"{picture.width}×{picture.height}" for picture in result.pictures)
    )
    size = sizes if result.asked_size else say(language, "details.size_auto", sizes=sizes)
    engine = say(language, "details.offline") if offline else host
    count = say(language, "details.count_value", received=result.received, requested=result.requested)
    rows = [
        ("model.label", result.model),
        ("seed.label", str(result.seed)),
        ("details.size", size),
        ("details.seconds", say(language, "status.seconds", seconds=f"{result.seconds:.1f}")),
        ("stage.results", count),
        ("details.request", result.request_id or say(language, "details.no_request")),
        ("details.engine", engine),
        *(("details.warning", tell(language, message)) for message in result.warnings),
    ]
    return [(say(language, key), value) for key, value in rows]


def _draw_failed(page: Page, language: str, outcome: Outcome, settings: Settings) -> Updates:
    del settings
    known = outcome.known_error
    sentence = tell(language, known.message) if known else say(language, "failed.unexpected")
    if known and outcome.slot:
        sentence = slot_sentence(language, outcome.slot, known)
    if known and known.message.code in MISSING:
        return {page.prompt.status: html.status(language, "failed", sentence)}
    charged = known is not None and known.charged is Charge.MAYBE
    # Nobody can say that it was not edited where it may have been.
    ending = "status.no_result" if charged else "status.failed" if outcome.sent else "status.not_sent"
    short = say(language, ending, seconds=f"{outcome.seconds:.0f}")
    aside = say(language, "price.maybe" if charged else "price.none")
    return {
        page.prompt.status: html.status(language, "failed", short),
        page.prompt.price: html.lines(aside),
        page.stage.heading: html.heading(say(language, "stage.failed"), say(language, "stage.failed_sub")),
        **only_scene(page, stage.failed(language, outcome, sentence)),
    }


def _draw_stopped(page: Page, language: str, outcome: Outcome, settings: Settings) -> Updates:
    del settings
    charged = outcome.sent and not outcome.offline
    text = say(language, "stopped.maybe" if charged else "stopped.offline" if outcome.sent else "stopped.free")
    if outcome.sent:
        text = f"{text} {say(language, 'stopped.kept')}"
    short = "status.stopped" if charged else "status.stopped_offline" if outcome.sent else "status.stopped_free"
    return {
        page.prompt.status: html.status(language, "warning" if charged else "idle", say(language, short)),
        page.stage.heading: html.heading(say(language, "stage.stopped")),
        **only_scene(page, stage.stopped(language, outcome.picture, text)),
    }
