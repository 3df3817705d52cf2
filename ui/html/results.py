"""The results on the stage as HTML: one large, alone or against a picture that was sent, and all of them small."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from client import ResultPicture
from ui.html import draw


def draw_results(  # noqa: PLR0913 - one large and all small, and against what
    language: str,
    results: Sequence[ResultPicture],
    originals: Sequence[Path | None],
    selected: int = 0,
    *,
    edit: str = "",
    missing: int = 0,
) -> str:
    """Draw the results of an `edit`, the one at `selected` large; `originals` are the pictures that were sent.

    What of them has no file that can be shown cannot be compared with. `missing` results are still to come.
    """
    numbered = [(number, path) for number, path in enumerate(originals, start=1) if path]
    known = {"results": results, "originals": numbered, "selected": selected, "edit": edit, "missing": missing}
    return draw("results", "results", language=language, **known)


def draw_deletion(language: str) -> str:
    """Ask whether the edit is to be deleted."""
    return draw("results", "deletion", language=language)


def draw_code(language: str, snippets: Mapping[str, str]) -> str:
    """Draw an edit as code, by the names of the ways in which it is written."""
    return draw("results", "code", language=language, snippets=snippets)
