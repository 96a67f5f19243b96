"""When a vendor lets us write: windows that open with the customer's message, and what waits."""
