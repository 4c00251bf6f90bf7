"""What happens around a conversation: drafts, who looks and writes, followers, people who are mentioned."""
