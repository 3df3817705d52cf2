"""The connection card: which engine answers, and the key of this session."""

from dataclasses import dataclass

import gradio as gr

from client import ApiKey, ImageEditError, Settings
from ui import markup
from ui.handlers import Updates
from ui.layout import Page
from ui.memory import Memory
from ui.text import say, tell


@dataclass(frozen=True)
class ConnectionHandlers:
    """The handlers of the connection card."""

    page: Page
    memory: Memory
    settings: Settings

    def open(self, *, language: str, key: ApiKey | None) -> Updates:
        """Open the card."""
        return {self.page.header.card: gr.update(visible=True), **self.describe(language=language, key=key)}

    def close(self) -> Updates:
        """Close the card; what was typed and not used is forgotten."""
        return {self.page.header.card: gr.update(visible=False), self.page.header.key: ""}

    def use(self, *, language: str, typed: str, key: ApiKey | None) -> Updates:
        """Take the key for this session and show no more of it than its last four characters."""
        try:
            taken = ApiKey.parse(typed or "")
        except ImageEditError as error:
            said = markup.note(tell(language, error.message))
            return {**self.describe(language=language, key=key), self.page.header.card_text: said}
        return {**self.describe(language=language, key=taken), **self.close(), self.memory.key: taken}

    def forget(self, *, language: str) -> Updates:
        """Drop the key of this session."""
        return {**self.describe(language=language, key=None), self.memory.key: None, self.page.header.key: ""}

    def describe(self, *, language: str, key: ApiKey | None) -> Updates:
        """Say which engine answers, with which key."""
        header = self.page.header
        settings = self.settings.with_key(key) if key else self.settings
        host, used = settings.host, settings.api_key
        if settings.offline:
            pill, text = say(language, "engine.offline"), say(language, "connection.offline", host=host)
        else:
            pill = say(language, "engine.key" if used else "engine.service", host=host, ending=str(used))
            text = say(language, "connection.service", host=host)
        using = say(language, "connection.using", ending=str(used)) if used else ""
        return {
            header.engine: gr.update(value=pill, elem_classes=["offline" if settings.offline else "online"]),
            header.card_text: markup.heading(say(language, "connection.title")) + markup.lines(text, using),
            header.forget_key: gr.update(visible=key is not None),
        }
