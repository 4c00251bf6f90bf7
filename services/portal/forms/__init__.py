"""The desk's own fields on pages: shown, read back, and wrong answers explained."""
