import re
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import html
from ui.form import Form
from ui.prompt import compare, named_pictures, note_for
from ui.words import Language, say

LANGUAGES = [language.value for language in Language]


def compared(yours: str, theirs: str) -> tuple[str, str]:
    """Draw two texts with what differs marked."""
    left, right = compare(yours, theirs)
    return html.marked(left, "del"), html.marked(right, "ins")


def form(prompt: str = "", slots: str = "", language: str = "en") -> Form:
    """Return a form with this prompt; `slots` has a letter for each slot, x where there is a picture."""
    filled = {f"picture_{number}": f"/p/{number}.png" for number, one in enumerate(slots, start=1) if one == "x"}
    return Form(language=language, prompt=prompt, **filled)


@pytest.mark.parametrize(
    ("prompt", "numbers"),
    [
        ("Put Image 1 on image 2", (1, 2)),
        ("the hat of picture 3 and photo #2, img1", (1, 2, 3)),
        ("让图1中的人穿上图 2 中的服装，图片3的姿势", (1, 2, 3)),
        ("圖1、图像2和图片 3", (1, 2, 3)),
        ("image 1, IMAGE 1 and 图1", (1,)),
        ("image one, images 12, imagine 1, image 10", ()),
        ("第1张图", ()),
        ("图1和图二，图片三", (1, 2, 3)),
        ("把图一起放大，图一样，图三维", ()),
        ("", ()),
        ("image 9", (9,)),
    ],
)
def test_a_prompt_names_pictures_in_both_languages(prompt: str, numbers: tuple[int, ...]) -> None:
    assert named_pictures(prompt) == numbers


@pytest.mark.parametrize(
    ("prompt", "slots", "key", "facts"),
    [
        ("invert", "x..", "", {}),
        ("invert", "...", "", {}),
        ("invert Image 2", "...", "", {}),
        ("invert Image 2", "x..", "note.names_empty", {"number": 2, "count": 1}),
        ("invert Image 7", "...", "", {}),
        ("invert Image 7", "x..", "note.names_none", {"number": 7, "count": 3}),
        ("反转图七", "xxx", "note.names_none", {"number": 7, "count": 3}),
        ("invert Image 3", ".x.", "note.names_missing", {"number": 3, "count": 1}),
        ("invert Image 1", ".x.", "note.gap", {"slot": 1, "next": 2, "number": 1}),
        ("Image 1 like Image 2", "x.x", "note.gap", {"slot": 2, "next": 3, "number": 2}),
        ("Image 1 like Image 2", "xx.", "", {}),
        ("invert Image 1", "xx.", "note.not_named", {"number": 2}),
        ("图1和图3", "xxx", "note.not_named", {"number": 2}),
        (" ", "xxx", "", {}),
        ("a" * 800, "x..", "", {}),
        ("a" * 801, "x..", "note.cut", {"length": 801, "limit": 800, "count": 1}),
        ("图" * 900 + "图3", "x..", "note.cut", {"length": 902, "limit": 800, "count": 102}),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_note_says_what_is_probably_not_meant(
    prompt: str, slots: str, key: str, facts: dict[str, int], language: str
) -> None:
    assert note_for(form(prompt, slots, language)) == (say(language, key, **facts) if key else "")


def test_the_note_names_all_pictures_that_the_prompt_does_not() -> None:
    assert note_for(form("invert Image 2", "xxx", "en")) == (
        "Image 1, Image 3 are not mentioned in your prompt. That may be fine."
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_come_back_whole_when_they_are_compared(yours: str, theirs: str) -> None:
    left, right = compared(yours, theirs)
    assert unescape(re.sub(r"</?del>", "", left)) == unescape(escape(yours))
    assert unescape(re.sub(r"</?ins>", "", right)) == unescape(escape(theirs))


@pytest.mark.parametrize(
    ("yours", "theirs", "left", "right"),
    [
        (
            "Make the red hat blue",
            "Make the big hat blue",
            "Make the <del>red</del> hat blue",
            "Make the <ins>big</ins> hat blue",
        ),
        ("把帽子变成红色", "把帽子变成蓝色", "把帽子变成<del>红</del>色", "把帽子变成<ins>蓝</ins>色"),
        ("make it warm", "make it warm", "make it warm", "make it warm"),
        ("hi", "an entirely new description of it", "hi", "an entirely new description of it"),
        ("a < b & c", "a < b & d", "a &lt; b &amp; <del>c</del>", "a &lt; b &amp; <ins>d</ins>"),
    ],
)
def test_a_comparison_marks_what_changed(yours: str, theirs: str, left: str, right: str) -> None:
    assert compared(yours, theirs) == (left, right)


def test_texts_that_would_take_minutes_to_compare_are_shown_without_marks() -> None:
    yours = " ".join(f"word{number % 7}" for number in range(20_000))
    theirs = yours.replace("word3", "word9")
    assert compared(yours, theirs) == (yours, theirs)


def test_a_prompt_as_long_as_the_service_takes_is_compared() -> None:
    yours = "红帽子" * 266
    left, right = compared(yours, yours.replace("红", "蓝", 1))
    assert left.startswith("<del>红</del>")
    assert right.startswith("<ins>蓝</ins>")
