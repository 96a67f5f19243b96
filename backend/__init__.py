"""The backend: owns facts, storage and transactions, and supplies the bot's ports."""

__version__ = "0.1.0"
