"""What `aftercare doctor` looks at."""
