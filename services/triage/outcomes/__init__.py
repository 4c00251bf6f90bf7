"""What people made of decisions and drafts: accepted, edited, refused."""
