"""The page: what is drawn, what it says, and what happens when somebody acts on it."""
