"""Retraining: fit a challenger on examples up to a date, judge it and the champion on the later ones."""
