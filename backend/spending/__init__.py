"""What a language model used, by day and conversation."""
