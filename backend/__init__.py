"""The backend: owns facts, storage and transactions, and supplies the bot's ports."""
