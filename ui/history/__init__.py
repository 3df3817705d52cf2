"""The history as a person sees it: rows by day, one edit in detail, what is kept and where. Values in, HTML out."""
