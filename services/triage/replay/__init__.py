"""Computing decisions again: the same one for proof, a period under another model for what-if."""
