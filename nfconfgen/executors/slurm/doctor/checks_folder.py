"""Whether the folders of a profile can be used by tasks on other nodes, and have room."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.executors.slurm.doctor.subjects import OnFolder

_LOCAL = frozenset(
    ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "bcachefs", "vfat", "squashfs")
) | {"tmpfs", "ramfs", "devtmpfs", "rootfs", "overlay"}
"""Types of file systems that one machine has by itself, as df prints them. Shared ones are too many to list (nfs4,
lustre, gpfs, beegfs, ceph, wekafs, fuse.glusterfs …), so that an unknown type is not reported."""

_FEW_INODES = 100_000
_LITTLE_MIB = 1024


def usable(on: OnFolder) -> Iterator[Fault]:
    folder = on.folder
    if not folder.exists and on.key == "library_dir":
        yield Fault(on.place, f"{on.path} does not exist: no image is found there", "create it, or name another one")
    elif not folder.is_folder:
        yield Fault(on.place, f"{folder.at} is not a folder", "name another one")
    elif not folder.writable and on.key != "library_dir":
        cannot = f"{on.path} cannot be written to" if folder.exists else f"{on.path} cannot be created"
        message = f"{cannot}: you may not write to {folder.at}"
        yield Fault(on.place, message, "name a folder of yours on a shared file system")


def shared(on: OnFolder) -> Iterator[Fault]:
    """A warning only: a machine that exports its own disk by NFS sees it as a local one."""
    if on.folder.kind in _LOCAL and not on.one_machine:
        message = f"{on.path} is on a local file system here ({on.folder.kind}): tasks on other nodes do not see it"
        advice = "name a folder on a shared file system; if the nodes mount this disk from here, all is well"
        yield Fault(on.place, message, advice, "warning")


def room(on: OnFolder) -> Iterator[Fault]:
    folder = on.folder
    unused = "the files of old runs (nextflow clean)" if on.key == "work_dir" else "images that no pipeline uses"
    advice = f"remove {unused}, or name a folder with more room"
    if folder.free_mib is not None and folder.free_mib < min(on.room_mib, folder.size_mib or on.room_mib):
        message = f"{on.path} has {_gib(folder.free_mib)} free of {_gib(folder.size_mib or 0)}"
        yield Fault(on.place, message, advice, "error" if folder.free_mib < _LITTLE_MIB else "warning")
    if folder.free_inodes is not None and on.room_mib and folder.free_inodes < _FEW_INODES:
        message = f"the file system of {on.path} has room for {folder.free_inodes} more files (inodes)"
        yield Fault(on.place, message, advice, "warning")


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f} GiB" if mib < 10 * 1024 else f"{mib // 1024} GiB"


ON_FOLDERS: Checks[OnFolder] = {"folder": usable, "not-shared": shared, "room": room}
