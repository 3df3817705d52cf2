"""The sizes the page offers: shapes of about one megapixel, sides in multiples of 16."""

from typing import Final

AUTO: Final = "auto"
CUSTOM: Final = "custom"
STEP: Final = 16  # the service rounds every side to a multiple of this
SHAPES: Final = {
    "1:1": (1024, 1024),
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "4:3": (1184, 880),
    "3:4": (880, 1184),
    "16:9": (1360, 768),
    "9:16": (768, 1360),
}
CHOICES: Final = (AUTO, *SHAPES, CUSTOM)


def pixels(choice: str, width: int, height: int) -> tuple[int, int] | None:
    """Give the width and height that `choice` stands for, None when the service chooses."""
    if choice == AUTO:
        return None
    return (width, height) if choice == CUSTOM else SHAPES[choice]


def wire(choice: str, width: int, height: int) -> str:
    """Give the size as `EditRequest` takes it."""
    chosen = pixels(choice, width, height)
    return AUTO if chosen is None else f"{chosen[0]}*{chosen[1]}"


def chosen(size: str) -> tuple[str, int, int]:
    """Give the choice, width and height on the page that stand for a size as `EditRequest` has it."""
    if size == AUTO:
        return AUTO, *SHAPES["1:1"]
    width, height = map(int, size.split("*"))
    shape = next((name for name, sides in SHAPES.items() if sides == (width, height)), CUSTOM)
    return shape, width, height
