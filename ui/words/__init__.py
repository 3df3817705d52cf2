"""Tables of everything the page says, in English and Chinese."""
