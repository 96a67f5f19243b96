"""Helpers of the Makefile: they install and build, and are no part of the product."""
