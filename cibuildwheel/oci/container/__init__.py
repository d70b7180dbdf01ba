"""The container at work: made, spoken to, filled, proven and removed."""
