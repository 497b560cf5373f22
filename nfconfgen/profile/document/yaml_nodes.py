"""What PyYAML's nodes show about how a text is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from nfconfgen.profile.document.new_text import is_task
from nfconfgen.profile.document.yaml12 import Path

Span = tuple[int, int]


def scalars(node: Any) -> Iterator[Span]:
    """Where the scalars are, from the first to the last."""
    if isinstance(node, yaml.ScalarNode):
        yield node.start_mark.index, node.end_mark.index
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for each in pair:
                yield from scalars(each)
    else:
        for each in node.value:
            yield from scalars(each)


def is_block(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def leaf(node: Any) -> Any:
    """The last scalar or flow collection of a node."""
    while is_block(node):
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return node


def step(node: Any, otherwise: int) -> int:
    """By how many columns the block mappings in this one are indented."""
    inner = (value for _, value in node.value if isinstance(value, yaml.MappingNode) and is_block(value))
    return next((value.start_mark.column - node.start_mark.column for value in inner), otherwise)


def value_column(node: Any) -> int:
    """The column in which all values of this mapping begin, if they were aligned; otherwise 0."""
    columns = {value.start_mark.column for _, value in node.value}
    is_aligned = any(value.start_mark.index - key.end_mark.index > 2 for key, value in node.value)
    return int(columns.pop()) if len(node.value) > 1 and len(columns) == 1 and is_aligned else 0


def tasks(node: Any, path: Path) -> Iterator[tuple[Path, bool]]:
    """The paths of requests of tasks, and whether they are block mappings."""
    for key, value in node.value:
        at = (*path, key.value)
        if isinstance(value, yaml.MappingNode) and value.value:
            if is_task(at):
                yield at, is_block(value)
            else:
                yield from tasks(value, at)


def shared_keys(one: Path, other: Path) -> int:
    """How many keys two paths share from their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
