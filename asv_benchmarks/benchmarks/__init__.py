"""Benchmarks of sksearch: `time_*` in seconds, `track_*` in the unit they name."""
