"""Searches with many workers, in virtual time."""
