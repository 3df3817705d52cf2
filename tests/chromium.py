"""Finds the browser for the page's tests, and installs one if there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome")
MAC: Final = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NO_BROWSER: Final = (
    "The tests need a Chromium or Chrome browser, none was found and none could be installed. "
    "Install one, or name it: QWEN_EDIT_CHROMIUM=/path/to/chromium make test"
)


def starts(browser: str) -> bool:
    """Tell whether the browser answers: on Ubuntu the name may be a stub that only advertises a snap."""
    return run([browser, "--version"], quiet=True)


def run(command: Sequence[str], *, quiet: bool = False) -> bool:
    """Run a command, its output kept off stdout where only the browser's path belongs."""
    output = subprocess.DEVNULL if quiet else sys.stderr
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, stdout=output, stderr=output, env=environment, check=False, timeout=900)  # noqa: S603 - our own commands
    except OSError:
        return False
    return done.returncode == 0


def find_chromium() -> str | None:
    """Return the path of the browser that is named, installed or fetched earlier; a named one must work."""
    named = os.environ.get("QWEN_EDIT_CHROMIUM")
    if named:
        if not starts(named):
            sys.exit(f"QWEN_EDIT_CHROMIUM is {named}, which does not start.")
        return named
    places = (shutil.which(name) for name in (*NAMES, MAC))
    return next((place for place in places if place and starts(place)), None) or fetched_by_playwright()


def fetched_by_playwright() -> str | None:
    """Return the path of the browser that `playwright install` keeps, if it is there."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - half a second that most runs need not wait

    with sync_playwright() as playwright:
        place = playwright.chromium.executable_path
    return place if Path(place).exists() else None


def install_chromium() -> None:
    """Install a browser: as root from the system's packages, otherwise or failing that through Playwright."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    apt = shutil.which("apt-get")
    if root and apt:
        run([apt, "update", "-q"])
        run([apt, "install", "-q", "-y", "--no-install-recommends", "chromium"])
        if find_chromium():
            return
    run([sys.executable, "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"])


def main() -> None:
    """Print the browser's path, installing one first if need be."""
    browser = find_chromium()
    if browser is None:
        sys.stderr.write("No browser for the tests was found: installing one.\n")
        install_chromium()
        browser = find_chromium()
    if browser is None:
        sys.exit(NO_BROWSER)
    sys.stdout.write(f"{browser}\n")


if __name__ == "__main__":
    main()
