"""What several flows share, and the longer parts of one: questions, readers, matching."""
