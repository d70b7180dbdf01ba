"""What a build wants: an image by its reference, a platform, and the options that name them."""
