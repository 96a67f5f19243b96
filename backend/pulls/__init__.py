"""How far each source of a channel that must be asked for its messages was read."""
