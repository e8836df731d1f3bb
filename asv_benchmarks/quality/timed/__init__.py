"""Searches of the real problems in virtual time: what a user waits for.

A fit takes the seconds that were recorded at its point, what a search does between fits
takes the process CPU that it takes here, and workers are kept busy as each search keeps
them.
"""
