"""Working time and promises: calendars, policies, and the clocks of every ticket."""
