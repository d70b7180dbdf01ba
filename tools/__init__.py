"""What builds, tests and maintains the fork; nothing here is in the wheel."""
