"""The results on the stage as HTML: one large, alone or against a picture that was sent, and all of them small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client import ResultPicture
from ui.html import draw

# What results are called that were put back: whether a region was painted, and whether it was to be kept.
VERSIONS: Final = {(True, False): "look.pasted", (True, True): "look.kept", (False, False): "look.fitted"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The files of a result: as it was put back into its original, and all of it; one and the same where it was not."""

    put: Path
    whole: Path


def as_they_came(results: Sequence[ResultPicture]) -> list[Shown]:
    """Show results that were not put back into anything."""
    return [Shown(result.path, result.path) for result in results]


def draw_results(  # noqa: PLR0913 - one large and all small, and against what
    language: str,
    results: Sequence[Shown],
    originals: Sequence[Path | None],
    selected: int = 0,
    *,
    edit: str = "",
    missing: int | None = None,
    first: Path | None = None,
    version: str = "",
    whole: bool = False,
    against: int = 0,
) -> str:
    """Draw the results of an `edit`, the one at `selected` large; `originals` are the pictures that were sent.

    What of them has no file that can be shown cannot be compared with. `first` is what the first round of several began
    with; the picture numbered `against`, else that one, else the first of them is compared with at first. While the
    edit runs, `missing` results are still to come. Where results were put back into their original, `version` is the
    key of what they are called, and `whole` shows all of them instead.
    """
    numbered = [(number, path) for number, path in enumerate(originals, start=1) if path]
    known = {
        "results": results,
        "originals": numbered,
        "first": first if numbered else None,
        "selected": selected,
        "edit": edit,
        "missing": missing or 0,
        "running": missing is not None,
    }
    return draw("results", "results", language=language, version=version, whole=whole, compared=against, **known)


def draw_deletion(language: str, results: int) -> str:
    """Ask whether the edit is to be deleted, with so many results."""
    return draw("results", "deletion", language=language, results=results)


def draw_code(language: str, snippets: Mapping[str, str], host: str) -> str:
    """Draw an edit as code, by the names of the ways in which it is written, for the service at `host`."""
    return draw("results", "code", language=language, snippets=snippets, host=host)
