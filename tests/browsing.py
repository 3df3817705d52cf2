"""Fixtures of the browser's tests: one browser and each kind of app for all of them, a tab for every test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from chromium import NO_BROWSER, find_chromium
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from recording_service import RecordingService
from running_app import RunningApp, running_app
from studio import FLAGS, PATIENCE, Studio, Visit

KEY = "sk-of-the-environment-0123456789"
DELAY = 2.0


@dataclass(frozen=True)
class Screen:
    """What tells one visitor's browser from another's."""

    locale: str = "en-US"
    width: int = 1440
    height: int = 900
    touch: bool = False
    colours: Literal["light", "dark"] = "light"


class Tabs:
    """Lends tabs out, each in a profile of its own; a tab that was used before loads a page twice as fast."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[tuple[Screen, Page]] = []

    def take(self, screen: Screen) -> Page:
        size: ViewportSize = {"width": screen.width, "height": screen.height}
        for place, (known, page) in enumerate(self._free):
            if known == screen:
                del self._free[place]
                page.set_viewport_size(size)
                return page
        context = self._browser.new_context(
            viewport=size,
            locale=screen.locale,
            is_mobile=screen.touch,
            has_touch=screen.touch,
            color_scheme=screen.colours,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def give_back(self, screen: Screen, page: Page) -> None:
        self._free.append((screen, page))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    if not found:
        pytest.fail(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def offline_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app without a key, as after `git clone`."""
    with running_app(tmp_path_factory.mktemp("offline")) as app:
        yield app


@pytest.fixture(scope="session")
def slow_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The same, with an engine that takes its time."""
    with running_app(tmp_path_factory.mktemp("slow"), QWEN_EDIT_OFFLINE_DELAY=str(DELAY)) as app:
        yield app


@pytest.fixture(scope="session")
def running_service() -> Iterator[RecordingService]:
    service = RecordingService()
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def running_online_app(
    running_service: RecordingService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    settings = {"QWEN_EDIT_BASE_URL": running_service.base, "QWEN_EDIT_API_KEY": KEY}
    with running_app(tmp_path_factory.mktemp("online"), **settings) as app:
        yield app


@pytest.fixture
def service(running_service: RecordingService) -> Iterator[RecordingService]:
    """The service of `online_app`, which has forgotten what other tests did with it."""
    running_service.forget()
    yield running_service
    running_service.forget()


@pytest.fixture
def online_app(running_online_app: RunningApp, service: RecordingService) -> RunningApp:
    """An app with a key, whose service is `service`."""
    assert service.port
    return running_online_app


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def visit(tabs: Tabs) -> Iterator[Visit]:
    """Open the page of an app as somebody new; in the end nothing may have called others, complained or broken.

    Without a finger on a small screen, who uses it has opened all sections, unless they are to be `folded`.
    """
    opened: list[tuple[Screen, Studio]] = []

    def open_page(app: RunningApp, *, query: str = "", folded: bool = False, **choices: Any) -> Studio:  # noqa: ANN401 - see Screen
        screen = Screen(**choices)
        studio = Studio(tabs.take(screen), app)
        opened.append((screen, studio))
        studio.open(query)
        if not (folded or screen.touch):
            studio.unfold_all()
        return studio

    yield open_page
    for screen, studio in opened:
        studio.leave()
        tabs.give_back(screen, studio.page)
    for _, studio in opened:
        assert studio.outside == []
        assert studio.complaints == []
        assert "Traceback" not in studio.printed


@pytest.fixture
def studio(visit: Visit, offline_app: RunningApp) -> Studio:
    """The page without a key on a wide screen."""
    return visit(offline_app)


@pytest.fixture
def online_studio(visit: Visit, online_app: RunningApp) -> Studio:
    """The page with a key on a wide screen."""
    return visit(online_app)
