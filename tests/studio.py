"""The page in one tab of a real browser: what a person does there, and what they see."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, expect
from running_app import ROOT, RunningApp

PHOTOGRAPHS = ROOT / "assets" / "examples"
ASTRONAUT, COFFEE, RACCOON, ROCKET = (
    PHOTOGRAPHS / f"{name}.jpg" for name in ("astronaut", "coffee", "raccoon", "rocket")
)
PATIENCE = 20_000
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=PATIENCE)


class Studio:
    """One tab; `outside` and `complaints` list what no page of ours may do: call others, or break."""

    def __init__(self, page: Page, app: RunningApp) -> None:
        self.page = page
        self.app = app
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self._printed_before = len(app.printed)
        page.on("request", self._note_request)
        page.on("console", self._note_console)
        page.on("pageerror", self._note_error)

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != urlsplit(self.app.url).netloc:
            self.outside.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _note_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def open(self, query: str = "") -> None:
        """Open the page with an empty form; what a tab was filled in with would come back."""
        self._forget("() => sessionStorage.removeItem('qwen-edit-form')")
        self._blank()
        self.page.goto(f"{self.app.url}/{query}")
        expect(self.examples).to_have_count(3)

    def leave(self) -> None:
        """Forget everything, so that the next one in this tab is a stranger."""
        self._forget("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.context.clear_cookies()
        self._blank()
        self.page.remove_listener("request", self._note_request)
        self.page.remove_listener("console", self._note_console)
        self.page.remove_listener("pageerror", self._note_error)

    def _forget(self, script: str) -> None:
        if self.page.url.startswith("http"):
            # What was typed last may not have been remembered yet.
            script_off = "() => { if (window.qwenEdit) window.qwenEdit.keep = window.qwenEdit.write = () => {}; }"
            self.page.evaluate(script_off)
            self.page.evaluate(script)

    def _blank(self) -> None:
        # What a page complains of while it is torn down, requests cut off, is no fault of it.
        before = list(self.complaints)
        self.page.goto("about:blank")
        self.complaints[:] = before

    @property
    def printed(self) -> str:
        """Give what the app has printed since this tab was opened."""
        return self.app.printed[self._printed_before :]

    def at(self, part: str) -> Locator:
        """Find a part of the page by its element id."""
        return self.page.locator(f"#{part}")

    @property
    def examples(self) -> Locator:
        return self.page.locator("#scene [data-example]")

    @property
    def prompt(self) -> Locator:
        return self.page.locator("#prompt textarea")

    @property
    def number(self) -> Locator:
        return self.page.locator("#n input[type=number]")

    @property
    def seed(self) -> Locator:
        return self.page.locator("#seed input")

    @property
    def model(self) -> Locator:
        return self.page.locator("#model input")

    @property
    def shown(self) -> Locator:
        """Find the result that is shown large."""
        return self.at("results").locator(".frame .after")

    @property
    def thumbnails(self) -> Locator:
        return self.at("results").locator(".choices [role=radio]")

    def put(self, slot: int, picture: Path, facts: str) -> None:
        """Choose a file for a slot, and wait until the page says what it is."""
        self.at(f"slot-{slot}").locator("input[type=file]").set_input_files(picture)
        self.reads(f"facts-{slot}", facts)

    def drop(self, place: str, *files: Path) -> None:
        """Let go of files over a part of the page as the system does it: a page that waits does not get to see them."""
        self.at(place).scroll_into_view_if_needed()
        box = self.at(place).bounding_box()
        assert box
        dragged = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        devtools = self.page.context.new_cdp_session(self.page)
        for step in ("dragEnter", "dragOver", "drop"):
            devtools.send("Input.dispatchDragEvent", {"type": step, **middle, "data": dragged})
        devtools.detach()

    def paste(self, picture: Path) -> None:
        """Press Ctrl+V with a picture in the clipboard."""
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        png = io.BytesIO()
        Image.open(picture).save(png, "PNG")
        self.page.evaluate(
            """async (bytes) => {
              const picture = new Blob([new Uint8Array(bytes)], {type: 'image/png'});
              await navigator.clipboard.write([new ClipboardItem({'image/png': picture})]);
            }""",
            list(png.getvalue()),
        )
        self.page.keyboard.press("Control+v")

    def move_along(self, picture: Locator, *points: tuple[float, float]) -> None:
        """Move the mouse with its button held along these places, parts of the sides of what is painted on."""
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        for place in at[1:]:
            self.page.mouse.move(*place, steps=4)
        self.page.mouse.up()

    def put_photographs(self) -> None:
        self.put(1, ASTRONAUT, "512×512 JPEG")
        self.put(2, COFFEE, "600×400 JPEG")
        self.put(3, ROCKET, "640×427 JPEG")

    def fold(self, part: str) -> Locator:
        """Find the section that holds a control."""
        return self.page.locator(".fold", has=self.at(part))

    def unfold(self, part: str) -> None:
        """Open the section that holds a control, on a screen where it is folded."""
        if not self.at(part).is_visible():
            self.fold(part).get_by_role("button").first.click()
            expect(self.at(part)).to_be_visible()

    def unfold_all(self) -> None:
        """Open every section that is folded."""
        self.page.locator('.fold-head[aria-expanded="false"]').evaluate_all(
            "(heads) => heads.map((head) => head.click())"
        )
        expect(self.page.locator('.fold-head[aria-expanded="true"]')).to_have_count(4)

    def ask_for(self, number: int) -> None:
        self.unfold("n")
        self.number.fill(str(number))
        self.number.press("Tab")

    def choose_model(self, name: str) -> None:
        self.model.click()
        self.page.get_by_role("option", name=name, exact=True).click()

    def speak(self, language: str) -> None:
        self.at("language").get_by_text(language, exact=True).click()

    def edit(self, said: str = "Done in") -> None:
        """Press Run and wait for results that were not there before."""
        with self.new_result(said):
            self.at("run").click()

    @contextmanager
    def new_result(self, said: str = "Done in") -> Iterator[None]:
        """Wait until what is done meanwhile has brought another result."""
        before = self.shown.get_attribute("src") if self.shown.count() else ""
        yield
        expect(self.shown).not_to_have_attribute("src", before or "")
        self.reads("status", said)

    def reads(self, part: str, text: str | re.Pattern[str]) -> None:
        expect(self.at(part)).to_contain_text(text)

    def press(self, button: str) -> None:
        """Press a button, in a menu that is opened first if it is in one."""
        menu = self.page.locator(".menu", has=self.at(button)).locator(".menu-head")
        if menu.count() and not self.at(button).is_visible():
            menu.click()
        self.at(button).click()

    def download(self, button: str = "download-clean") -> tuple[str, bytes]:
        """Press a button that downloads; return the file's suggested name and its bytes."""
        with self.page.expect_download() as download:
            self.press(button)
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    def wait_for(self, script: str) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(script, timeout=PATIENCE)

    def too_wide_by(self) -> int:
        """Measure how many pixels the page could be scrolled sideways."""
        wide: int = self.page.evaluate(
            "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth"
        )
        return wide


Visit = Callable[..., Studio]
