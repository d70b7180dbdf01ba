"""Test images: root file systems made from Debian packages, and images of every shape around them.

`python -m tools.images --help` is the same for a person.
"""
