"""An engine at arm's length: what it is, what it has stored, and what it can pull."""
