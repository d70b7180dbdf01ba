"""The one error that everything here raises."""


class ForkError(Exception):
    """One sentence for the user: which file, what is wrong and, where it helps, what to do."""
