"""What customers have from the desk's house: products, the items that they own, and which one a ticket is about."""
