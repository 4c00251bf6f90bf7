"""What customers say of the desk's work: asked for once a solution, given by a signed link or in the portal."""
