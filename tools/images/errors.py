"""What stops this package."""


class ImageError(Exception):
    """A root file system, an image or a push that cannot be made; the message says what to do."""
