"""WeCom."""
