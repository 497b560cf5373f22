"""The two pipelines that the tests of this folder use: one like salmon-nf, one in the style of nf-core."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
SALMON, NFCORE = HERE / "salmon", HERE / "nfcore"


def copy(pipeline: Path, folder: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(pipeline, folder / pipeline.name))


def write(folder: Path, **files: str) -> Path:
    """A pipeline of these files; `main_nf` and `conf__x_config` are main.nf and conf/x.config."""
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
