"""Rules: what they ask, what they do, when they run, and the line that they leave in a ticket's history."""
