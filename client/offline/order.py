"""What the server hands to the engine."""

from dataclasses import dataclass, field

from client.offline.sizes import Size


@dataclass(frozen=True, slots=True)
class Order:
    """One edit whose request has been found right."""

    model: str
    prompt: str
    pictures: tuple[bytes, ...] = field(repr=False)
    """The files as they came, 1 to 3, in order."""
    negative_prompt: str = ""
    n: int = 1
    size: Size | None = None
    seed: int | None = None
    watermark: bool = False
