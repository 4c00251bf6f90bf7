"""What an admin chose about retraining, promotion and routing."""
