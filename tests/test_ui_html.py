import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

from html_reader import HTMLReader
from hypothesis import given
from hypothesis import strategies as st

from client import Charge, ImageEditError, Message
from ui import html
from ui.html import edit_list, stage
from ui.html.painter import draw_painter, draw_pasted
from ui.html.results import Shown, draw_results
from ui.outcome import Outcome
from ui.prompt import compare

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</span></div></details><h1>mine</h1>",
    "&lt;b&gt;",
    "{language} %s ${value}",
    "<!-- -->",
    "javascript:alert(1)",
]
ALLOWED = {"b", "dd", "del", "details", "div", "dl", "dt", "h1", "h2", "h3", "i", "img", "ins", "li", "ol", "p", "q"}
ALLOWED |= {"a", "button", "canvas", "input", "label", "section", "span", "summary", "ul"}

hostile = st.sampled_from(HOSTILE) | st.text(alphabet="<>\"'&=/! azé图\n\u2028", max_size=40) | st.text(max_size=40)


def shape(drawn: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return what was drawn without its words: each element with the names of its attributes."""
    reader = HTMLReader(drawn)
    assert reader.open == []
    return [(tag, tuple(attributes)) for tag, attributes in reader.elements]


@given(hostile, hostile)
def test_a_comparison_marks_words_and_lets_no_other_element_through(yours: str, theirs: str) -> None:
    left, right = compare(yours, theirs)
    assert {tag for tag, _ in shape(html.marked(left, "del"))} <= {"del"}
    assert {tag for tag, _ in shape(html.marked(right, "ins"))} <= {"ins"}


def drawn_parts(text: str) -> dict[str, str]:
    """Draw every line that takes a text with this one."""
    return {
        "lines": html.lines(text, text),
        "note": html.note(text),
        "status": html.status("en", "done", text, text, elapsed=1.5),
        "heading": html.heading(text, text),
        "fold": html.fold(text, text),
        "facts": html.facts(text, text, history=text),
        "table": html.table([(text, text)]),
        "aside": edit_list.draw_edits("en", [edit_list.Row(text, text, "running")]),
    }


def drawn_stage(text: str) -> dict[str, str]:
    """Draw everything on the stage that takes a text or a file with this one."""
    picture = Path("/p") / f"{text.replace(chr(0), '')}.png"
    error = ImageEditError(
        Message.of("error.rejected", said=text), charged=Charge.MAYBE, request_id=text, service_said=text
    )
    return {
        "before": stage.before("en", picture, 2),
        "results": draw_results("en", [Shown(picture, picture)] * 2, [picture, None, picture]),
        "painter": draw_painter("en", picture, text),
        "pasted": draw_pasted("en", text, [("grow", "pasted.grow")], text, warning=True),
        "running": stage.running("en", picture, [(text, "past"), (text, "now"), (text, "ahead")], 2),
        "stopped": stage.stopped("en", picture, text),
        "failed": stage.failed("en", Outcome("failed", text, picture, 0, offline=True, error=error, id=text), text),
    }


@given(hostile.filter(bool))
def test_no_text_from_outside_becomes_an_element(text: str) -> None:
    harmless = drawn_parts("word") | drawn_stage("word")
    for name, drawn in (drawn_parts(text) | drawn_stage(text)).items():
        assert shape(drawn) == shape(harmless[name]), name
        assert {tag for tag, _ in shape(drawn)} <= ALLOWED


@given(hostile.filter(lambda text: bool(text.strip())))
def test_every_text_can_be_read_as_it_was_written(text: str) -> None:
    plain = unescape(escape(text))
    for name, drawn in drawn_parts(text).items():
        assert plain in HTMLReader(drawn).text, name
    failed = HTMLReader(stage.failed("en", Outcome("failed", text, None, 0, offline=True), text)).text
    assert plain in failed


@given(hostile)
def test_a_file_keeps_its_name_in_its_address(text: str) -> None:
    path = Path("/home") / f"{text.replace(chr(0), '')}" / "edit 1#?%.png"
    address = html.file_url(path)
    assert re.fullmatch(r"gradio_api/file=[\w./~%-]+", address, re.ASCII)
    assert unquote(address.removeprefix("gradio_api/file=")) == path.as_posix()


def test_no_template_lets_html_through_that_is_not_its_own() -> None:
    for template in html.FOLDER.glob("*.html"):
        assert not re.search(r"\|\s*safe\b|\bautoescape\b|Markup", template.read_text(encoding="utf-8")), template.name
