"""Cases that people have reported in public trackers, with the fork and the unmodified release.

A case is one row of a table in `tools/reported/cases`, with the report that it comes from.
"""
