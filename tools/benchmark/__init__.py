"""This fork and the unmodified release side by side: how long each takes, and what it starts."""
