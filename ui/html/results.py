"""The results on the stage as HTML: one large, alone or against a picture that was sent, and all of them small."""

from collections.abc import Sequence
from pathlib import Path

from client import ResultPicture
from ui.html import draw


def draw_results(
    language: str, results: Sequence[ResultPicture], originals: Sequence[Path | None], selected: int = 0
) -> str:
    """Draw the results, the one at `selected` large; `originals` are the pictures that were sent, by their numbers.

    What of them has no file that can be shown cannot be compared with.
    """
    numbered = [(number, path) for number, path in enumerate(originals, start=1) if path]
    return draw("results", "results", language=language, results=results, originals=numbered, selected=selected)
