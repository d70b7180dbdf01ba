"""The fork as pinned upstream + patches/ + own modules.

The build (hatch_build.py) uses `editable`, `merge` and `metadata` and, through them, `upstream`,
`series`, `patch`, `patch_file`, `files` and `errors`: standard library only, no git. The other
modules are the maintainer's loop, `python -m tools.fork`.
"""
