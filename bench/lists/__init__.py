"""What a page and a search of tickets and conversations cost, at up to a million of each."""
