"""Searches of several objectives: how much volume their fronts dominate."""
