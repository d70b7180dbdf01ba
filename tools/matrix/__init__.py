"""The integration matrix: every image shape, platform and state, on every engine.

The command line is `python -m tools.matrix`.
"""
