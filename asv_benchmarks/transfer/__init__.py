"""What earlier searches are worth, and what misleading ones cost."""
