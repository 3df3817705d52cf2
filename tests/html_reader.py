"""Reads HTML as a browser would, for the tests of what is drawn."""

from html.parser import HTMLParser


class HTMLReader(HTMLParser):
    """Which elements with which attributes there are, and what a person reads; an element closed amiss is an error.

    `open` lists the elements that are never closed, `deepest` is how many lists stand in each other.
    """

    def __init__(self, drawn: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.deepest = 0
        self.text = ""
        self.feed(drawn)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"img", "input"}:
            self.open.append(tag)
        self.deepest = max(self.deepest, self.open.count("ol"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
