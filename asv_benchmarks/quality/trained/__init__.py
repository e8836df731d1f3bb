"""What searches train that begin with little: epochs and trees, and what they find."""
