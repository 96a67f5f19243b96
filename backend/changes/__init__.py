"""Changes of orders a customer asks for: cancelling, changing, exchanging, returning."""
