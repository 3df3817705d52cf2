"""Which filter does the work of which effect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from client.offline import detail, drawings, layout, overlays, paintings, tone
from client.offline.pixels import Pixels
from client.offline.recolour import colours_of, swap_hue, tint
from client.offline.sizes import Size, fitted
from client.offline.vocabulary import Effect
from client.offline.wishes import Wish

MAT: Final = (247, 246, 242)
"""A frame is nearly white unless another colour is named."""


@dataclass(frozen=True, slots=True)
class Task:
    """A wish, and all that its filter may need to know."""

    wish: Wish
    strength: float
    seed: int
    pictures: Sequence[Pixels]
    """Those that came with the request."""
    chosen: Sequence[Pixels]
    """Those to make one picture of."""
    size: Size


Work = Callable[[Pixels, Task], Pixels]


def _plainly(work: Callable[[Pixels, float], Pixels]) -> Work:
    return lambda pixels, task: work(pixels, task.strength)


def _seeded(work: Callable[[Pixels, float, int], Pixels]) -> Work:
    return lambda pixels, task: work(pixels, task.strength, task.seed)


def _blur(pixels: Pixels, task: Task) -> Pixels:
    return (detail.blur_surroundings if task.wish.surroundings else detail.blur)(pixels, task.strength)


def _recolour(pixels: Pixels, task: Task) -> Pixels:
    wish = task.wish
    if wish.colour is None:
        return pixels
    return swap_hue(pixels, task.strength, wish.colour.rgb, wish.source.rgb if wish.source else None)


def _tint(pixels: Pixels, task: Task) -> Pixels:
    return tint(pixels, task.strength, task.wish.colour.rgb) if task.wish.colour else pixels


def _caption(pixels: Pixels, task: Task) -> Pixels:
    font = overlays.caption_font(task.wish.text)
    if font is None:
        return pixels
    return overlays.caption(pixels, task.strength, task.wish.text, font=font, at_top=task.wish.at_top)


def _frame(pixels: Pixels, task: Task) -> Pixels:
    return overlays.frame(pixels, task.strength, task.wish.colour.rgb if task.wish.colour else MAT)


GATHER: Final[Mapping[Effect, Work]] = {
    Effect.SIDE_BY_SIDE: lambda _, task: layout.side_by_side(task.chosen, task.size),
    Effect.STACK: lambda _, task: layout.side_by_side(task.chosen, task.size, stacked=True),
    Effect.BLEND: lambda _, task: layout.blend(task.chosen, task.size, task.strength),
}
"""First: several pictures become one."""

MOVE: Final[Mapping[Effect, Work]] = {
    Effect.ROTATE: lambda pixels, task: layout.rotate(pixels, task.wish.degrees),
    Effect.MIRROR: lambda pixels, _: layout.mirror(pixels),
    Effect.FLIP: lambda pixels, _: layout.flip(pixels),
}
"""Then, before the picture is brought to its final size."""

FILTER: Final[Mapping[Effect, Work]] = {
    Effect.COLOURS_OF: lambda pixels, task: colours_of(pixels, task.strength, task.pictures[task.wish.picture - 1]),
    Effect.RECOLOUR: _recolour,
    Effect.SHARPEN: _plainly(detail.sharpen),
    Effect.BLUR: _blur,
    Effect.BRIGHTER: _plainly(tone.brighter),
    Effect.DARKER: _plainly(tone.darker),
    Effect.MORE_CONTRAST: _plainly(tone.more_contrast),
    Effect.LESS_CONTRAST: _plainly(tone.less_contrast),
    Effect.VIVID: _plainly(tone.vivid),
    Effect.MUTED: _plainly(tone.muted),
    Effect.OIL: _seeded(paintings.oil_painting),
    Effect.WATERCOLOUR: _seeded(paintings.watercolour),
    Effect.CARTOON: _plainly(drawings.cartoon),
    Effect.PENCIL: _seeded(drawings.pencil_sketch),
    Effect.LINE_ART: _plainly(drawings.line_art),
    Effect.INVERT: _plainly(tone.invert),
    Effect.BLACK_AND_WHITE: _plainly(tone.black_and_white),
    Effect.SEPIA: _plainly(tone.sepia),
    Effect.EVENING: lambda pixels, task: tone.evening(pixels, task.strength, task.wish.side),
    Effect.WARMER: _plainly(tone.warmer),
    Effect.COOLER: _plainly(tone.cooler),
    Effect.TINT: _tint,
    Effect.PIXELATE: _plainly(detail.pixelate),
    Effect.VIGNETTE: _plainly(tone.vignette),
}
"""Then, at its final size, in the order of `Effect`."""

LAY_ON: Final[Mapping[Effect, Work]] = {Effect.FRAME: _frame, Effect.CAPTION: _caption}
"""Last, on the finished picture."""


def canvas(pixels: Pixels, tasks: Sequence[Task], size: Size) -> Pixels:
    """Give what the filters work on, turned as wanted and at its final size."""
    for stage in (GATHER, MOVE):
        pixels = carried_out(pixels, tasks, stage)
    return fitted(pixels, size)


def carried_out(pixels: Pixels, tasks: Sequence[Task], stage: Mapping[Effect, Work]) -> Pixels:
    """Do those tasks that belong to a stage."""
    for task in tasks:
        if work := stage.get(task.wish.effect):
            pixels = work(pixels, task)
    return pixels
