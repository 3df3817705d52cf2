"""Sends edits to the service and fetches what it answers: knows nothing of journal or page."""
