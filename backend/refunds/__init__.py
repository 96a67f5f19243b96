"""The refunds domain."""
