"""Keeps the files that the page makes for its own use where Gradio serves and later deletes them."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from gradio.utils import get_upload_folder


def new_path(name: str) -> Path:
    """Return a path for a file of this name, in a folder that cannot be guessed."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder)) / name


def keep_made(name: str, content: bytes) -> Path:
    """Store a picture that the page made of another one under this name; raises OSError."""
    path = new_path(name)
    path.write_bytes(content)
    return path


def keep_preview(png: bytes) -> Path:
    """Store a preview under a name that only its bytes give away; return its path."""
    folder = Path(get_upload_folder()) / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(png).hexdigest()}.png"
    if not path.exists():
        handle, part = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(png)
        Path(part).replace(path)
    return path
