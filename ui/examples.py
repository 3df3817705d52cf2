"""The examples of the empty page: pictures and prompts that work with the service and with the offline engine."""

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
