"""What the page shows of an edit that has ended: its results, or why there are none, and what is known about it."""

from typing import Final

import gradio as gr

from client import Charge, EditResult, ImageEditError, Settings
from ui import html
from ui.handlers import Updates
from ui.handlers.stage import buttons, only_results, only_scene, slot_sentence
from ui.html import stage
from ui.html.history_entry import count_text
from ui.html.painter import draw_pasted
from ui.html.results import VERSIONS, Shown, draw_results
from ui.layout import Page
from ui.lineage import SUFFIXES
from ui.outcome import Outcome
from ui.prompt import compare_to_revised
from ui.words import say, seconds_text, tell

OUTSIDE: Final = 0.25  # of the change: from here on a region was painted too small
# What is missing is said in the status line; the stage stays as it is.
MISSING: Final = {"request.no_picture", "request.no_prompt", "request.model"}


def failure_sentence(language: str, error: Exception | None, slot: int | None) -> str:
    """Say what went wrong with an edit, and with which picture."""
    if not isinstance(error, ImageEditError):
        return say(language, "failed.unexpected")
    return slot_sentence(language, slot, error) if slot else tell(language, error.message)


def draw_outcome(  # noqa: PLR0913 - an outcome, and what of it is looked at
    page: Page, language: str, outcome: Outcome, settings: Settings, selected: int = 0, *, whole: bool = False
) -> Updates:
    """Show how the edit ended, of its results the one at `selected` large, `whole` or as it was put back."""
    match outcome.kind:
        case "done":
            drawn = _draw_done(page, language, outcome, settings, selected, whole=whole)
        case "failed":
            drawn = _draw_failed(page, language, outcome)
        case "stopped":
            drawn = _draw_stopped(page, language, outcome)
    status = outcome_status(language, outcome)
    return {page.prompt.status: status, **drawn, **buttons(page, language, running=False)}


def outcome_status(language: str, outcome: Outcome) -> str:
    """Draw the status line of an edit that has ended."""
    match outcome.kind:
        case "done":
            return _done_status(language, outcome)
        case "failed":
            return _failed_status(language, outcome)
        case "stopped":
            return _stopped_status(language, outcome)


def _done_status(language: str, outcome: Outcome) -> str:
    """Say how long it took, or what the answer lacks."""
    result = _result_of(outcome)
    received, fewer = len(result.pictures), len(result.pictures) < result.requested
    key = "status.done" if result.requested > 1 else "status.done_one"
    said = say(language, key, seconds=seconds_text(result.seconds), received=received, requested=result.requested)
    # What the answer lacks is said after what was known before it was sent.
    warning = tell(language, result.warnings[-1]) if fewer and result.warnings else ""
    return html.status(language, "warning" if fewer else "done", warning or said)


def _result_of(outcome: Outcome) -> EditResult:
    assert outcome.result is not None, "an edit that is done has a result"  # noqa: S101 - states what the type cannot
    return outcome.result


def _draw_done(  # noqa: PLR0913 - see draw_outcome
    page: Page, language: str, outcome: Outcome, settings: Settings, selected: int, *, whole: bool
) -> Updates:
    result = _result_of(outcome)
    selected = min(selected, len(result.pictures) - 1)
    several, fewer = result.requested > 1, len(result.pictures) < result.requested
    count = count_text(language, len(result.pictures), result.requested)
    left, right = _read(outcome, result.revised_prompt, language)
    return {
        page.stage.heading: html.heading(
            count if several and not fewer else say(language, "stage.results" if several else "stage.result"),
            count if fewer else "",
        ),
        **only_results(page, _draw_results(language, outcome, selected, whole=whole)),
        page.actions.pasted: pasted_note(language, outcome, selected),
        page.actions.facts: result_facts(language, outcome, selected, whole=whole),
        page.actions.row: gr.update(visible=True),
        page.actions.zip: gr.update(visible=len(result.pictures) > 1),
        page.actions.layers: gr.update(visible=outcome.target is not None),
        page.actions.download: gr.update(value=_download_text(language, outcome, selected, whole=whole)),
        page.actions.panel: "",
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


def _download_text(language: str, outcome: Outcome, selected: int, *, whole: bool) -> str:
    picture = outcome.picture_at(selected, whole=whole)
    return say(language, "history.download", kind=SUFFIXES.get(picture.mime if picture else "", "png").upper())


def _draw_results(language: str, outcome: Outcome, selected: int, *, whole: bool) -> str:
    result, shown = _result_of(outcome), []
    for place, picture in enumerate(result.pictures):
        made = outcome.pasted_at(place)
        shown.append(Shown(made.picture.path if made else picture.path, picture.path))
    target = outcome.target
    was_put_back = any(one.put != one.whole for one in shown)
    return draw_results(
        language,
        shown,
        outcome.pictures,
        selected,
        edit=outcome.id,
        first=outcome.first,
        version=VERSIONS[target.painted, target.manner.keep] if target and was_put_back else "",
        whole=whole and was_put_back,
        against=target.place + 1 if target and was_put_back else 0,
    )


def pasted_note(language: str, outcome: Outcome, selected: int) -> str:
    """Say what it means that a result was put back into its original, or why it was not, and what can be done."""
    target = outcome.target
    if target is None:
        return ""
    made = outcome.pasted[selected] if selected < len(outcome.pasted) else None
    buttons = [("repaint", "pasted.paint")] if target.painted else []
    if outcome.pasted_at(selected) and sum(bool(outcome.pasted_at(place)) for place in range(len(outcome.pasted))) > 1:
        buttons.append(("mix", "pasted.mix"))
    if made is None:
        return draw_pasted(language, say(language, "pasted.failed"), buttons, outcome.id, warning=True)
    if not target.painted:
        size = {"width": made.picture.width, "height": made.picture.height}
        return draw_pasted(
            language, say(language, "pasted.fitted", **size, number=target.place + 1), buttons, outcome.id
        )
    if not made.accepted:
        refused = say(language, "pasted.refused_keep" if target.manner.keep else "pasted.refused")
        return draw_pasted(language, refused, buttons, outcome.id, warning=True)
    if made.outside > OUTSIDE and not target.manner.keep:
        buttons.insert(0, ("grow", "pasted.grow"))
        return draw_pasted(language, say(language, "pasted.outside"), buttons, outcome.id, warning=True)
    said = say(language, "pasted.kept" if target.manner.keep else "pasted.exact")
    return draw_pasted(language, said, buttons, outcome.id)


def _read(outcome: Outcome, revised: str | None, language: str) -> tuple[str, str]:
    left, right = compare_to_revised(outcome.prompt, revised, offline=outcome.offline)
    return html.marked(left, "del"), html.marked(right if revised else [(say(language, "read.none"), False)], "ins")


def result_facts(language: str, outcome: Outcome, selected: int, *, whole: bool = False) -> str:
    """Say the size and seed of the result that is shown, what the edit cost and the session, and that it is kept."""
    result, prices = _result_of(outcome), []
    if outcome.price:
        prices.append(say(language, "history.price", price=f"{outcome.price:.2f}"))
        if outcome.session > outcome.price:
            prices.append(say(language, "facts.session", price=f"{outcome.session:.2f}"))
    picture = outcome.picture_at(selected, whole=whole) or result.pictures[0]
    size = say(language, "size.pixels", width=picture.width, height=picture.height)
    seed = say(language, "facts.seed", seed=result.seed)
    return html.facts(size, seed, *prices, history=say(language, "facts.kept"))


def details(language: str, result: EditResult, host: str, *, offline: bool) -> list[tuple[str, str]]:
    """List what is known about the edit, in the reader's words."""
    sizes = say(language, "list.comma").join(
        dict.fromkeys(f"{picture.width}×{picture.height}" for picture in result.pictures)
    )
    size = sizes if result.asked_size else say(language, "details.size_auto", sizes=sizes)
    engine = say(language, "details.offline") if offline else host
    rows = [
        ("model.label", result.model),
        ("seed.label", str(result.seed)),
        ("details.size", size),
        ("details.seconds", say(language, "status.seconds", seconds=seconds_text(result.seconds))),
        ("stage.results", count_text(language, result.received, result.requested)),
        ("details.request", result.request_id or say(language, "details.no_request")),
        ("details.engine", engine),
        *(("details.warning", tell(language, message)) for message in result.warnings),
    ]
    return [(say(language, key), value) for key, value in rows]


def _draw_failed(page: Page, language: str, outcome: Outcome) -> Updates:
    if _lacks(outcome):
        return {}
    sentence = failure_sentence(language, outcome.error, outcome.slot)
    return {
        page.stage.heading: html.heading(say(language, "stage.failed"), say(language, "stage.failed_sub")),
        **only_scene(page, stage.failed(language, outcome, sentence)),
    }


def _lacks(outcome: Outcome) -> bool:
    return outcome.known_error is not None and outcome.known_error.message.code in MISSING


def _failed_status(language: str, outcome: Outcome) -> str:
    if _lacks(outcome):
        return html.status(language, "failed", failure_sentence(language, outcome.error, outcome.slot))
    charged = outcome.known_error is not None and outcome.known_error.charged is Charge.MAYBE
    # Nobody can say that it was not edited where it may have been.
    ending = "status.no_result" if charged else "status.failed" if outcome.sent else "status.not_sent"
    return html.status(language, "failed", say(language, ending, seconds=seconds_text(outcome.seconds)))


def _stopped_status(language: str, outcome: Outcome) -> str:
    charged = outcome.sent and not outcome.offline
    short = "status.stopped" if charged else "status.stopped_offline" if outcome.sent else "status.stopped_free"
    return html.status(language, "warning" if charged else "idle", say(language, short))


def _draw_stopped(page: Page, language: str, outcome: Outcome) -> Updates:
    charged = outcome.sent and not outcome.offline
    text = say(language, "stopped.maybe" if charged else "stopped.offline" if outcome.sent else "stopped.free")
    if outcome.sent:
        text = f"{text} {say(language, 'stopped.kept')}"
    return {
        page.stage.heading: html.heading(say(language, "stage.stopped")),
        **only_scene(page, stage.stopped(language, outcome.picture, text)),
    }
