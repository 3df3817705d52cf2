"""The painter on the stage as HTML, and what is said of a result that was put back into its original."""

from collections.abc import Sequence
from pathlib import Path

from ui.html import draw


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


def draw_pasted(
    language: str, said: str, buttons: Sequence[tuple[str, str]], edit: str, *, warning: bool = False
) -> str:
    """Draw what is said of a result that was put back, with its buttons: their acts, and the keys of their words."""
    return draw("painter", "pasted", language=language, said=said, warning=warning, buttons=buttons, edit=edit)
