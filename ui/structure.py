"""Structure maps on the page: what a person chose or drew, as the browser says it, and the sentence for the prompt."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from client.pictures.structure import KINDS, MapKind
from ui import sizes
from ui.layout import NUMBERS
from ui.region import Said, Strokes
from ui.words import Language, say

SKETCH: Final = "sketch"
MADE: Final = (*KINDS, SKETCH)


class Structure(Said):
    """What goes into a slot, counted from 1: a map of the picture there, or what was drawn on a sheet of some shape.

    `detail` goes from 0 to 100, as the slider does.
    """

    slot: Annotated[int, Field(ge=NUMBERS[0], le=NUMBERS[-1])]
    kind: MapKind | Literal["sketch"] = "lines"
    detail: Annotated[float, Field(ge=0, le=100)] = 50.0
    shape: str = "1:1"
    strokes: Strokes = ()

    @field_validator("shape")
    @classmethod
    def _known(cls, shape: str) -> str:
        if shape not in sizes.SHAPES:
            message = "no such shape"
            raise ValueError(message)
        return shape


@dataclass(frozen=True, slots=True)
class Made:
    """What a picture in a slot was made of: by what choice, and of which file; None for a sketch."""

    structure: Structure
    source: Path | None


def sentence(language: str, kind: str, number: int) -> str:
    """Return what the prompt says of a map, or of a sketch, in the picture of that number."""
    return say(language, f"structure.prompt_{kind}", number=number)


def worded(language: str, prompt: str, kind: str, number: int) -> str:
    """Return the prompt with the sentence for this map at its beginning, instead of what it said of that picture."""
    return f"{sentence(language, kind, number)} {unworded(prompt, number)}".rstrip()


def unworded(prompt: str, number: int) -> str:
    """Return the prompt without what it says of a map in the picture of that number, in whichever language."""
    return _sentences(number).sub("", prompt).strip()


@cache
def _sentences(number: int) -> re.Pattern[str]:
    ours = (sentence(language, kind, number) for language in Language for kind in MADE)
    return re.compile("|".join(re.escape(each) for each in ours))
