"""The connection card: which service answers, where it is, and the key of this session."""

from dataclasses import dataclass
from typing import Any, Final

import gradio as gr

from client import ApiKey, ImageEditClient, ImageEditError, InvalidRequestError, Message, Settings
from client.catalog import is_known
from client.service.dialects import ABILITIES
from ui import html
from ui.handlers import Updates, merged
from ui.layout import Page
from ui.layout.header import ENGINES, OFFLINE
from ui.memory import Memory
from ui.watchlist import Watchlist
from ui.words import advise, say, tell

NO_WAY: Final = frozenset({"error.unreachable", "error.proxy"})


@dataclass(frozen=True)
class ConnectionHandlers:
    """The handlers of the connection card; `settings` are the operator's, `own` those that a visitor chose."""

    page: Page
    memory: Memory
    settings: Settings

    def open(self, *, language: str, own: Settings | None) -> Updates:
        """Open the card with what is in use; without a service, ready to take a key."""
        header, settings = self.page.header, own or self.settings
        engine = next(iter(ABILITIES)) if settings.offline else settings.dialect
        opened = {header.card: gr.update(visible=True), header.choice: gr.update(value=engine), header.said: ""}
        address = settings.base_url or ABILITIES[engine].bases[0]
        return merged(
            self.describe(language=language, own=own), self.choose(engine=engine), opened, {header.address: address}
        )

    def close(self) -> Updates:
        """Close the card; what was typed and not used is forgotten."""
        return {self.page.header.card: gr.update(visible=False), self.page.header.key: ""}

    def choose(self, *, engine: str) -> Updates:
        """Show what the chosen engine needs: an address and a key, or nothing."""
        header, online = self.page.header, engine in ABILITIES
        address = ABILITIES[engine].bases[0] if online else ""
        return {
            header.address: gr.update(value=address, visible=online),
            header.key: gr.update(visible=online),
            header.test: gr.update(visible=online),
            header.said: "",
        }

    def use(self, *, language: str, engine: str, address: str, typed: str, own: Settings | None) -> Updates:
        """Take the chosen service for this session, and show no more of its key than the last four characters."""
        try:
            chosen = self._chosen(engine, address, typed, own)
            _check_key(chosen)
        except ImageEditError as error:
            return self._say(tell(language, error.message))
        return {**self.describe(language=language, own=chosen), **self.close(), self.memory.own: chosen}

    def forget(self, *, language: str) -> Updates:
        """Drop what was chosen for this session, its key included."""
        return {**self.describe(language=language, own=None), **self.close(), self.memory.own: None}

    async def test(  # noqa: PLR0913 - what is typed, and who asks
        self, *, watchlist: Watchlist, language: str, engine: str, address: str, typed: str, own: Settings | None
    ) -> Updates:
        """Ask the chosen service for its models, which costs nothing, and offer those that it lists."""
        chosen = None
        try:
            chosen = self._chosen(engine, address, typed, own)
            names = await ImageEditClient(chosen).models()
            note_answer(watchlist, chosen.host, None)
        except ImageEditError as error:
            if chosen:
                note_answer(watchlist, chosen.host, error)
            said = f"{tell(language, error.message)} {advise(language, error.message)}"
            said = said if _is_serious(error) else say(language, "connection.no_list")
            return {**self._say(said), self.page.header.engine: engine_look(watchlist)}
        said = say(language, "connection.works", count=len(names))
        choices = sorted(dict.fromkeys(names), key=_edits_first)
        return {
            self.page.header.engine: engine_look(watchlist),
            self.page.header.said: html.lines(said),
            self.page.model.model: gr.update(choices=choices),
        }

    def describe(self, *, language: str, own: Settings | None) -> Updates:
        """Say which engine answers, with which key."""
        header, settings = self.page.header, own or self.settings
        host, used = settings.host, settings.api_key
        if settings.offline:
            pill, text = say(language, "engine.offline_pill"), say(language, "connection.offline", host=host)
        else:
            pill = say(language, "engine.key" if used else "engine.service", host=host, ending=str(used))
            text = say(language, "connection.service", host=host)
        using = say(language, "connection.using", ending=str(used)) if used else ""
        names = [(say(language, f"engine.{name}"), name) for name in self._engines()]
        return {
            header.engine: gr.update(value=pill),
            header.card_text: html.heading(say(language, "connection.title")) + html.lines(text, using),
            header.choice: gr.update(choices=names, label=say(language, "connection.engine")),
            header.forget_key: gr.update(visible=own is not None),
        }

    def _engines(self) -> list[str]:
        """List the engines that a visitor may choose; a server of one's own is nothing for strangers."""
        return [name for name in ENGINES if name == OFFLINE or ABILITIES[name].hosted or not self.settings.public]

    def _chosen(self, engine: str, address: str, typed: str, own: Settings | None) -> Settings:
        if engine not in ABILITIES:
            return self.settings.disconnected()
        key = ApiKey.parse(typed) if typed and typed.strip() else None
        chosen = self.settings.connected(dialect=engine, address=address or "", key=key)
        # A key goes to the service that it was typed for and to no other.
        kept = next((each for each in (own, self.settings) if each and _same_service(each, chosen)), None)
        return kept if key is None and kept else chosen

    def _say(self, text: str) -> Updates:
        return {self.page.header.said: html.note(text)}


def note_answer(watchlist: Watchlist, host: str, error: Exception | None) -> None:
    """Remember whether a service answered when it was asked: whatever it said, unless there was no way to it."""
    known = error.message.code if isinstance(error, ImageEditError) else ""
    watchlist.answers[host] = known not in NO_WAY


def engine_look(watchlist: Watchlist) -> dict[str, Any]:
    """Colour the sign of the engine in use: a service that nobody has asked yet is neither green nor a warning."""
    answers = watchlist.answers.get(watchlist.engine)
    asked = "unknown" if answers is None else "answers" if answers else "silent"
    return gr.update(elem_classes=[asked if watchlist.engine else "offline"])


def _check_key(chosen: Settings) -> None:
    if not chosen.offline and chosen.api_key is None and chosen.abilities.needs_key:
        raise InvalidRequestError(Message.of("request.no_key"))


def _same_service(one: Settings, other: Settings) -> bool:
    return not one.offline and one.dialect == other.dialect and one.endpoint_base == other.endpoint_base


def _is_serious(error: ImageEditError) -> bool:
    """Tell whether the service cannot be used, rather than only lists no models."""
    return error.message.code not in {"error.wrong_address", "error.unreadable", "error.rejected"}


def _edits_first(name: str) -> tuple[Any, ...]:
    plain = name.lower()
    return (not is_known(name), not ("image" in plain and "edit" in plain), "image" not in plain, plain)
