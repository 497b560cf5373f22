"""The entry point, and the only module that turns errors into exit codes."""

from __future__ import annotations

import os
import sys

from nfconfgen.errors import BUG, GONE, INTERRUPTED, USAGE, GoneError, NfconfgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from nfconfgen.fast.quick_check import Known
    from nfconfgen.report.reporter import Format
    from nfconfgen.terminal.console import Colour


def run() -> NoReturn:
    """Runs the command line and ends the process."""
    import gc

    from nfconfgen.terminal import streams

    # a process of half a second makes no garbage worth the search: 7 % of a check of nf-core/rnaseq
    gc.set_threshold(100_000, 50, 100)
    streams.prepare()
    code = main()
    if code == INTERRUPTED:
        print("nfconfgen: interrupted", file=sys.stderr, flush=True)
        os._exit(code)  # python itself would wait for queries that are still running
    raise SystemExit(code)


def main() -> int:
    """The exit code: 0 success, 1 findings or out of date, 2 usage or unreadable input, 3 our bug, 130 interrupted,
    141 the reader of stdout is gone."""
    try:
        from nfconfgen.fast import quick_check

        code = quick_check.run_plain(sys.argv[1:], _check)
        if code is not None:
            return code
        from nfconfgen.command_line.cli_sites import app

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
    except Exception as error:  # noqa: BLE001 - the outermost boundary: an error that arrives here is our bug
        if hasattr(error, "show") and hasattr(error, "message"):  # of typer, or of the click within
            error.message = "\n".join(map(_visible, str(error.message).split("\n")))
            error.show()
            return USAGE
        _print(*_bug(error).split("\n"))
        return BUG


def _check(known: Mapping[str, Known], output_format: str, colour: str, quiet: bool, pipeline: str) -> int:
    from typing import cast

    from nfconfgen.commands import check
    from nfconfgen.terminal.console import Console

    console = Console(cast("Colour", colour), quiet)
    more = [check.RememberedPipeline(pipeline, console).findings] if pipeline else []
    return check.run(known, cast("Format", output_format), console, more, with_own_pipeline=not pipeline)


def _visible(text: str) -> str:
    from nfconfgen.terminal.visible import line

    return line(text)


def _print(*lines: str) -> None:
    print(*map(_visible, lines), sep="\n", file=sys.stderr, flush=True)


def _refused(error: OSError) -> str:
    """The message for an error of the operating system that no command expects."""
    from nfconfgen import files

    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return "the working directory is gone: change to one that exists"
    reason = files.reason(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _bug(error: Exception) -> str:
    """The text of a bug report; with NFCONFGEN_TRACEBACK=1, the traceback."""
    import traceback

    if os.environ.get("NFCONFGEN_TRACEBACK"):
        return "".join(traceback.format_exception(error))
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
    text = " ".join(str(error).split())[:200]
    return (
        f"nfconfgen: this is a bug of nfconfgen, please report it: {type(error).__name__} in {where}: {text}\n"
        "(set NFCONFGEN_TRACEBACK=1 to see the traceback)"
    )


if __name__ == "__main__":
    run()
