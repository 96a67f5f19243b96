"""Conversations: what was said, in which order, by whom, and where the dialog stands."""
