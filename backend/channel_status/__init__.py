"""How each channel account does: ok, degraded or down, by its vendor's own words."""
