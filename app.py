"""Starts Qwen Edit Studio: settings from the environment, what makes the edits, the page."""

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from client import ConfigurationError, Edits, Settings

# Read by Gradio when it is imported: the page reports nothing to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Gradio's statistics of its own events, which nobody can see here, cost up to 9 ms after each of them, and memory.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")

MAP_THRESHOLD = -3  # its name among the options of mallopt
LARGE_BUFFER = 2**20  # bytes; pieces of a megabyte and less are cheaper to keep than to ask for again
# It is emptied at each start: nobody has a folder of that name by chance.
UPLOADS = "qwen-edit-uploads"


def main() -> int:
    """Serve the page until the program is asked to end; 2 means that a setting is wrong."""
    try:
        settings = Settings.from_env()
        edits = Edits(settings)
        edits.open()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    _give_large_buffers_back()
    _keep_uploads_in(settings.home / UPLOADS)
    # Only now: the environment is set, and who has a wrong setting need not wait for Gradio.
    from ui.lifetime import Lifetime  # noqa: PLC0415
    from ui.page import build_app, launch_options  # noqa: PLC0415

    lifetime = Lifetime(edits)
    page = build_app(settings, edits)
    options = launch_options(settings, lifetime.middleware())
    _, address, _ = page.launch(**options, prevent_thread_lock=True, quiet=True)
    sys.stdout.write(f"Qwen Edit Studio is at {address} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    # What is there now stays: looking through it again for garbage would stop the page for a fifth of a second.
    gc.collect()
    gc.freeze()
    _wait_for_the_end()
    lifetime.end()
    page.close(verbose=False)
    return 0


def _keep_uploads_in(folder: Path) -> None:
    """Let Gradio keep what is uploaded in a folder of our own, and remove what an earlier run left there.

    Gradio forgets its files when it is ended while a page is open, and its usual folder is shared with other programs.
    """
    if os.environ.setdefault("GRADIO_TEMP_DIR", str(folder)) == str(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _give_large_buffers_back() -> None:
    """Give the memory of pictures back to the system as soon as they are done with, where it is glibc's to give.

    glibc learns from the first large buffers to keep later ones, which other pictures then tear into pieces. How much
    that costs differs from run to run: fifty visitors once took 250 MB, and 390 MB the next time.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(MAP_THRESHOLD, LARGE_BUFFER)


def _wait_for_the_end() -> None:
    """Return when a person or the system asks the program to end."""
    asked = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: asked.set())
    # A wait without an end would keep signals waiting too on some systems.
    while not asked.wait(1):
        pass


if __name__ == "__main__":
    sys.exit(main())
