"""What a user's belief is worth, and what a wrong one costs."""
