"""Tells whose edits a page may show and add to."""

import re
import secrets
from typing import Final

from client import Settings

OWNER: Final = ""  # on a computer of one's own everything belongs to everybody who sees the page
# What `page.js` makes up and keeps in the browser: 24 random bytes. Whoever knows it sees the edits made under it.
NAME: Final = re.compile(r"[A-Za-z0-9_-]{32}")


def whose(settings: Settings, kept: object) -> str:
    """Give the visitor for the journal, from what the browser says it kept.

    On a public page, one that says nothing of use gets a name that nobody else has, and that nobody will know again.
    """
    if not settings.public:
        return OWNER
    return kept if isinstance(kept, str) and NAME.fullmatch(kept) else secrets.token_urlsafe(24)
