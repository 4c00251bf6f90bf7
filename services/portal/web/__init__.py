"""What every page of the portal stands on: sessions, languages, templates, forms and their protection."""
