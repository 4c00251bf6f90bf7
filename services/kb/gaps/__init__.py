"""From tickets to knowledge: what is asked and not answered, and drafts that answer it."""
