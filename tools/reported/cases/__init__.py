"""The table: a module for each kind of case, each with its own `ROWS`."""

from tools.reported.cases import (
    copy,
    denied,
    emulator,
    entrypoint,
    failing_registry,
    image,
    index,
    kept,
    label,
    local_list,
    name,
    own_list,
    platform_option,
    pull_option,
    tags_only,
    transport,
    trust,
    variant,
    way,
    words,
    zstd,
)
from tools.reported.row import Row

KINDS: dict[str, tuple[Row, ...]] = {
    "Platforms named elsewhere": platform_option.ROWS,
    "Indexes": index.ROWS,
    "Labels": label.ROWS,
    "Variants of amd64": variant.ROWS,
    "Layers compressed by zstd": zstd.ROWS,
    "What the engine has, and a registry that denies it": denied.ROWS,
    "Lists of podman's own": local_list.ROWS,
    "Lists of docker manifest's own": own_list.ROWS,
    "Names that only podman knows": transport.ROWS,
    "Names that are none": name.ROWS,
    "What a run before has left": kept.ROWS,
    "`--pull` in `create_args`": pull_option.ROWS,
    "Registries that fail": failing_registry.ROWS,
    "Registries and mirrors that serve tags only": tags_only.ROWS,
    "Entrypoints": entrypoint.ROWS,
    "Emulators, and content": emulator.ROWS,
    "The copy of the project": copy.ROWS,
    "Signatures": trust.ROWS,
    "What is in the way of an engine": words.ROWS,
    "What is between a client and its engine, or its registry": way.ROWS,
    "Programs of the image": image.ROWS,
}
"""The rows, by the heading that they are under."""

QUICK = frozenset(row.name for rows in KINDS.values() for row in rows[::2])
"""Every second of a kind: what `bin/test` has the time for."""

ROWS = {row.name: row for rows in KINDS.values() for row in rows}
"""The table, by name."""
