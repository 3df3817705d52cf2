"""What a picture in a slot says about how it was made, as HTML: settings to take over, or a text to read."""

from ui.html import draw
from ui.project import Foreign, Project


def draw_offer(language: str, slot: int, number: int, said: Project | Foreign) -> str:
    """Offer the settings of a picture; `number` is what the page calls it, `slot` where it lies."""
    if isinstance(said, Project):
        return draw("offer", "project", language=language, slot=slot, number=number, project=said)
    return draw("offer", "foreign", language=language, slot=slot, number=number, foreign=said)
