"""Payment providers: `port` is what refunds know of them."""
