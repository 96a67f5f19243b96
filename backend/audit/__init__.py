"""Who did what, when: an append-only, hash-chained log.

`service.record` is all that other domains call.
"""
