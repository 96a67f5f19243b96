"""One message's way: webhooks → inbox ║ turns ║ outbox, with a durable stop between each."""
