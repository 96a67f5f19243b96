"""The web chat's HTTP and WebSocket API (docs/chat-api.md): our own channel, without a vendor."""
