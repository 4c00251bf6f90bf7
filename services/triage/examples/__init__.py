"""Training examples and solved tickets: what closed tickets teach."""
