"""What runs and what is stuck: processes, the queue, dead letters."""
