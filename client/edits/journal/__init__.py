"""The journal of all edits: SQLite and files in one folder."""

from client.edits.journal.entries import Draft, Entry, KeptPicture, Parent, State, Unfinished, Usage
from client.edits.journal.journal import Journal
from client.edits.journal.removal import Bounds
from client.edits.journal.writer import JournalError

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
