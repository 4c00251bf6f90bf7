"""Views: saved filters with live counts. Some are there from the start."""
