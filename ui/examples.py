"""Ways to begin without typing: the examples of the empty page, and the task templates of the menu."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).resolve().parent.parent / "assets"
FOLDER: Final = ASSETS / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """Pictures for the slots in order, and what the offline engine makes of them; `key` finds the words."""

    key: str
    pictures: tuple[Path, ...]
    after: Path


EXAMPLES: Final = (
    Example("example.sketch", (FOLDER / "raccoon.jpg",), FOLDER / "after-sketch.jpg"),
    Example("example.light", (FOLDER / "astronaut.jpg",), FOLDER / "after-light.jpg"),
    Example("example.colours", (FOLDER / "rocket.jpg", FOLDER / "coffee.jpg"), FOLDER / "after-colours.jpg"),
)
# How many pictures the prompt of each template names. Its name is the sentence `template.<key>`, its prompt
# `template.<key>_prompt`.
TEMPLATES: Final[Mapping[str, int]] = {
    "background": 1,
    "remove": 1,
    "recolour": 1,
    "restyle": 1,
    "caption": 1,
    "pose": 1,
    "depth": 1,
    "lines": 1,
    "clothes": 2,
    "place": 2,
    "colours": 2,
    "people": 2,
    "outfit": 3,
}
