"""The painter on the stage as HTML, and what is said of a result that was put back into its original."""

import json
from collections.abc import Sequence
from pathlib import Path

from client.pictures.structure import KINDS
from ui import sizes
from ui.html import draw
from ui.structure import Structure


def draw_painter(  # noqa: PLR0913 - the picture, and what painting on it means
    language: str,
    picture: Path,
    region: str,
    *,
    again: bool = False,
    large: bool = False,
    results: Sequence[tuple[int, Path]] = (),
) -> str:
    """Draw the painter over a picture; `region` is what was painted so far, as the browser said it.

    `again`: it concerns the results that are there, and nothing is sent. `large`: only a part of it may be sent.
    `results`, with their places, are those to choose from for what is painted; the picture is another one.
    """
    return draw(
        "painter",
        "painter",
        language=language,
        picture=picture,
        region=region,
        again=again,
        large=large,
        results=results,
    )


def draw_maker(language: str, picture: Path, structure: Structure, *, known: bool, free: int | None) -> str:
    """Draw the map maker over a picture.

    `known`: the slot holds a map already, and its picture can be put back. `free` is a slot that holds nothing yet.
    """
    chosen = structure.model_dump(exclude={"strokes"})
    return draw("painter", "maker", language=language, picture=picture, kinds=KINDS, known=known, free=free, **chosen)


def draw_pad(language: str, structure: Structure) -> str:
    """Draw a blank sheet to draw on, with what was drawn so far."""
    sheets = json.dumps(sizes.SHAPES)
    sketch = structure.model_copy(update={"kind": "sketch"}).model_dump_json()
    return draw("painter", "pad", language=language, sketch=sketch, shapes=sizes.SHAPES, sheets=sheets)


def draw_pasted(
    language: str, said: str, buttons: Sequence[tuple[str, str]], edit: str, *, warning: bool = False
) -> str:
    """Draw what is said of a result that was put back, with its buttons: their acts, and the keys of their words."""
    return draw("painter", "pasted", language=language, said=said, warning=warning, buttons=buttons, edit=edit)
