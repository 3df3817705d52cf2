"""The offline engine: the same API without a network, a key or Qwen. It edits with classic filters, and says so.

It imports nothing else of this project, so that it cannot agree with the client by accident. A request passes through
`server` (HTTP), `rules` (is it valid?), `engine` (one edit), `prompts` (what is wanted) and `filters` (the pixels).
"""
