"""The bot: talks with customers and says what it needs (ports); owns no facts and no storage."""
