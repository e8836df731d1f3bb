"""Searches that begin with little: what they train and find, how long they take."""
