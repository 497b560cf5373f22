"""Where the program begins, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys

from nfconfgen.errors import BUG, INTERRUPTED, USAGE, NfconfgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Runs the command line and ends the process."""
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read the output has gone; python would complain about it once more on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if code == INTERRUPTED:
        print("nfconfgen: interrupted", file=sys.stderr, flush=True)
        os._exit(code)  # python itself would wait for answers that are still under way
    raise SystemExit(code)


def main() -> int:
    """The exit code: 0 fine, 1 findings or out of step, 2 usage or unreadable input, 3 our bug, 130 interrupted."""
    try:
        from nfconfgen.step import arguments

        code = arguments.run(sys.argv[1:])
        if code is not None:
            return code
        from nfconfgen.cli import app

        ended = app(standalone_mode=False)
        return ended if isinstance(ended, int) else 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except NfconfgenError as error:
        _print(f"nfconfgen: error: {error}")
        return error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever arrives here is a bug of ours
        if hasattr(error, "show") and hasattr(error, "message"):  # of typer, or of the click within
            error.message = "\n".join(map(_visible, str(error.message).split("\n")))
            error.show()
            return USAGE
        _print(*_bug(error).split("\n"))
        return BUG


def _visible(text: str) -> str:
    from nfconfgen.visible import line

    return line(text)


def _print(*lines: str) -> None:
    print(*map(_visible, lines), sep="\n", file=sys.stderr, flush=True)


def _bug(error: Exception) -> str:
    """What to report, without a traceback in the user's face: set NFCONFGEN_TRACEBACK=1 to see it."""
    import traceback

    if os.environ.get("NFCONFGEN_TRACEBACK"):
        return "".join(traceback.format_exception(error))
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
    text = " ".join(str(error).split())[:200]
    return (
        f"nfconfgen: this is a bug of nfconfgen, please report it: {type(error).__name__} in {where}: {text}\n"
        "(with NFCONFGEN_TRACEBACK=1 it says more)"
    )


if __name__ == "__main__":
    run()
