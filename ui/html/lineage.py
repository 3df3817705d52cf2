"""The rounds of one picture as HTML: from the original to the newest, and where one is."""

from ui.html import draw
from ui.lineage import Lineage
from ui.words import say


def draw_lineage(language: str, lineage: Lineage | None) -> str:
    """Draw the strip under the stage; nothing where there is none."""
    if lineage is None:
        return ""
    parent = lineage.parent
    origin = say(language, "lineage.beside", number=parent) if parent else say(language, "lineage.beside_original")
    return draw("lineage", "strip", language=language, lineage=lineage, origin=origin)
