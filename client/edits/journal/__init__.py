"""The journal of all edits: SQLite and files in one folder."""

from client.edits.journal.database import JournalError
from client.edits.journal.entries import Entry, KeptAnswer, Parent, State, Usage
from client.edits.journal.journal import Journal
from client.edits.journal.removal import Bounds

__all__ = ["Bounds", "Entry", "Journal", "JournalError", "KeptAnswer", "Parent", "State", "Usage"]
