"""What the lab raises."""


class LabError(Exception):
    """The lab can't do what was asked; the message says what, where and what to do."""
