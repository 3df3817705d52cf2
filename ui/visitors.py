"""Tells whose edits a page may show and add to."""

import re
import secrets
from typing import Final

from client import Settings

OWNER: Final = ""  # on a computer of one's own everything belongs to everybody who sees the page
NAME: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")


def new_visitor() -> str:
    """Give a name that cannot be guessed: whoever knows it sees the edits made under it."""
    return secrets.token_urlsafe(24)


def is_visitor(kept: object) -> bool:
    """Tell whether this is a name that `new_visitor` could have given."""
    return isinstance(kept, str) and NAME.fullmatch(kept) is not None


def whose(settings: Settings, kept: object) -> str:
    """Give the visitor for the journal, from what the browser says it kept.

    On a public page, one that says nothing of use gets a name that nobody else has, and that nobody will know again.
    """
    if not settings.public:
        return OWNER
    return str(kept) if is_visitor(kept) else new_visitor()
