"""`nfconfgen check` without typer, whose import takes longer than the check.

Only what is said plainly is read here. --help, a misspelt option, anything else: typer reads it, and says so.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from nfconfgen.fast.quick_check import Closer

_VALUES = {"--format": ("text", "json", "github"), "--color": ("auto", "always", "never")}


def run(arguments: Sequence[str], closer: Closer) -> int | None:
    """The exit code; None if it is not a plain check, and nothing has been done. `closer` as in quick_check."""
    if not arguments or arguments[0] != "check":
        return None
    paths, said, quiet, full = [], {"--format": "text", "--color": "auto"}, False, False
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in ("-q", "--quiet"):
            quiet = True
        elif argument == "--full":
            full = True
        elif argument in _VALUES:
            value = next(rest, "")
            if value not in _VALUES[argument]:
                return None
            said[argument] = value
        elif argument.startswith("-") or not argument:
            return None
        else:
            paths.append(argument)
    from nfconfgen.fast import quick_check

    return quick_check.run(paths, said["--format"], said["--color"], closer, quiet=quiet, full=full)
