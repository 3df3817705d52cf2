"""The journal of all edits: SQLite and files in one folder."""

from client.journal.entries import Draft, Entry, KeptPicture, Parent, State, Unfinished, Usage
from client.journal.journal import Journal
from client.journal.removal import Bounds
from client.journal.writer import JournalError

__all__ = [
    "Bounds",
    "Draft",
    "Entry",
    "Journal",
    "JournalError",
    "KeptPicture",
    "Parent",
    "State",
    "Unfinished",
    "Usage",
]
