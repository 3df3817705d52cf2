"""Says at a start what became of the edits that an earlier run did not bring to an end."""

import sqlite3

from client.edits.journal import writing
from client.edits.journal.entries import Entry, State
from client.edits.journal.reading import Reader
from client.messages import Message

_GOING_ON = (State.CREATED, State.SENDING, State.ANSWERED, State.FETCHING)


def settle(connection: sqlite3.Connection, reader: Reader) -> list[Entry]:
    """Note the fate of each unfinished edit, and return those that were answered and lack results.

    What was not sent stays unsent, since nobody may be there any more who wants it; what may have been sent is never
    sent again by itself. Results of the offline engine end with the program that made them, and cost nothing.
    """
    for entry in reader.in_states(connection, _GOING_ON):
        if entry.offline or entry.state is State.CREATED:
            writing.fail(connection, entry.id, State.STOPPED, Message.of("error.program_ended"))
        elif not entry.can_fetch:
            writing.fail(connection, entry.id, State.UNKNOWN, Message.of("error.cut_off"))
    kept = reader.with_answers(connection)
    for entry in kept:
        if entry.offline:
            writing.drop_answer(connection, entry.id)
    return [entry for entry in kept if entry.can_fetch and not entry.offline]
