"""Which emulated CPU runs fastest: candidates measured on several generations of QEMU.

python -m tools.cpu --help
"""
