"""Stories of load over simulated hours."""
