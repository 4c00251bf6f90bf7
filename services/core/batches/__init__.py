"""Acting on many tickets at once, with progress, and taking it back."""
