"""Makes edits, each written down step by step, and finds them again."""
