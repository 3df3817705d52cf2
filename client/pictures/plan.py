"""What will be done to a picture, decided from what its file says about itself."""

from dataclasses import dataclass
from typing import Final

from client.messages import Message
from client.pictures.colour import moves_colours
from client.pictures.picture import GOOD_SIDE, SEND_BYTES, SEND_SIDE, SIDEWAYS, UPRIGHT, PictureHeader, Reading, length

# A JPEG is decoded fastest at a half, a quarter or an eighth: one of these is taken when it is nearly what may be sent.
FRACTIONS: Final = (2, 4, 8)
NEARLY: Final = 5 / 6
ALWAYS_CONVERTED: Final = frozenset({"CMYK", "LAB"})
COLOURS: Final = {"P": "RGB", "YCbCr": "RGB", "1": "L", "F": "L"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a picture becomes: its upright size, its format, whether its colours change, whether it is left alone."""

    as_is: bool
    size: tuple[int, int]
    format: str
    recoloured: bool = False
    compressed: bool = False


def plan_for(reading: Reading, side: int = SEND_SIDE) -> Plan:
    """Decide what is done to a picture before it is sent with no side longer than `side` pixels."""
    header = reading.header
    size = fitted(header, side)
    recoloured = needs_recolouring(reading)
    untouched = header.orientation == UPRIGHT and not recoloured and size == (header.width, header.height)
    light = length(reading.recipe) <= SEND_BYTES
    if untouched and light and reading.plain:
        return Plan(as_is=True, size=size, format=header.format)
    name = "PNG" if reading.lossless or reading.alpha else "JPEG"
    compressed = not light and size == upright(header) and name == header.format
    return Plan(as_is=False, size=size, format=name, recoloured=recoloured, compressed=compressed)


def needs_recolouring(reading: Reading) -> bool:
    """Tell whether the pixels must change so that they mean the same colours in sRGB."""
    mode = reading.header.mode.partition(";")[0]
    if mode.removesuffix("A") in ALWAYS_CONVERTED:
        return True
    return bool(reading.profile) and moves_colours(reading.profile, COLOURS.get(mode, mode.removesuffix("A")))


def upright(header: PictureHeader) -> tuple[int, int]:
    """Return width and height as a person sees the picture."""
    if header.orientation >= SIDEWAYS:
        return header.height, header.width
    return header.width, header.height


def fitted(header: PictureHeader, side: int) -> tuple[int, int]:
    """Return the upright width and height at which no side is longer than `side` pixels."""
    width, height = upright(header)
    longest = max(width, height)
    if longest <= side:
        return width, height
    if header.format == "JPEG":
        for part in FRACTIONS:
            if side * NEARLY <= -(-longest // part) <= side:
                return -(-width // part), -(-height // part)
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def notes_on(reading: Reading, plan: Plan) -> tuple[Message, ...]:
    """Return what a person is told about the picture, in the order in which it is done."""
    header = reading.header
    width, height = plan.size
    notes = (
        (header.frames > 1, Message.of("picture.first_frame", frames=header.frames)),
        (plan.as_is and header.frames == 1, Message.of("picture.as_is")),
        (header.orientation != UPRIGHT, Message.of("picture.upright")),
        (";" in header.mode or header.mode == "F", Message.of("picture.depth")),
        (plan.recoloured, Message.of("picture.srgb")),
        (plan.size != upright(header), Message.of("picture.shrunk", width=width, height=height)),
        (plan.format != header.format, Message.of("picture.converted", format=plan.format)),
        (plan.compressed, Message.of("picture.compressed", limit=SEND_BYTES // 1_000_000)),
        (reading.private, Message.of("picture.private")),
        (min(width, height) < GOOD_SIDE, Message.of("picture.small")),
    )
    return tuple(note for applies, note in notes if applies)
