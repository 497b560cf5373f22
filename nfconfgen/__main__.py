"""Where the program begins, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys

from nfconfgen.errors import BUG, GONE, INTERRUPTED, USAGE, GoneError, NfconfgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from nfconfgen.fast.quick_check import Known


def run() -> NoReturn:
    """Runs the command line and ends the process."""
    from nfconfgen.terminal import streams

    streams.prepare()
    code = main()
    if code == INTERRUPTED:
        print("nfconfgen: interrupted", file=sys.stderr, flush=True)
        os._exit(code)  # python itself would wait for answers that are still under way
    raise SystemExit(code)


def main() -> int:
    """The exit code: 0 fine, 1 findings or out of step, 2 usage or unreadable input, 3 our bug, 130 interrupted, 141
    nobody reads on."""
    try:
        from nfconfgen.fast import arguments

        code = arguments.run(sys.argv[1:], _check)
        if code is not None:
            return code
        from nfconfgen.cli import app

        ended = app(standalone_mode=False)
        return ended if isinstance(ended, int) else 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except GoneError:
        return GONE
    except NfconfgenError as error:
        _print(f"nfconfgen: error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        _print(f"nfconfgen: error: {_refused(error)}")
        return USAGE
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever arrives here is a bug of ours
        if hasattr(error, "show") and hasattr(error, "message"):  # of typer, or of the click within
            error.message = "\n".join(map(_visible, str(error.message).split("\n")))
            error.show()
            return USAGE
        _print(*_bug(error).split("\n"))
        return BUG


def _check(known: Mapping[str, Known], output_format: str, colour: str, quiet: bool) -> int:
    from nfconfgen.commands import check

    return check.run(known, output_format, colour, quiet=quiet)


def _visible(text: str) -> str:
    from nfconfgen.terminal.visible import line

    return line(text)


def _print(*lines: str) -> None:
    print(*map(_visible, lines), sep="\n", file=sys.stderr, flush=True)


def _refused(error: OSError) -> str:
    """What the system refused where no command expects it to."""
    from nfconfgen import files

    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return "the working directory is gone: change to one that is there"
    reason = files.reason(error)
    return f"{error.filename}: {reason}" if error.filename else reason


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
