"""What customers' photos show: whether they are of use, were seen before, and what they say."""
