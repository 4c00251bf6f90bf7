"""Files of messages: uploaded first, claimed by a message, given out as downloads only."""
