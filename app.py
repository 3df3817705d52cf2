"""Starts Qwen Edit Studio: settings from the environment, the jobs that make edits, the page."""

import os
import sys

from client import ConfigurationError, Jobs, Settings

# Read by Gradio when it is imported: the page reports nothing to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


def main() -> int:
    """Serve the page until it is interrupted; 2 means that a setting is wrong."""
    try:
        settings = Settings.from_env()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    from ui.build import build_app, launch_options  # noqa: PLC0415 - after the environment is set, and not for exit code 2

    page = build_app(settings, Jobs(settings))
    _, address, _ = page.launch(**launch_options(settings), prevent_thread_lock=True, quiet=True)
    sys.stdout.write(f"Qwen Edit Studio is at {address} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    page.block_thread()
    return 0


if __name__ == "__main__":
    sys.exit(main())
