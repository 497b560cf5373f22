"""The real AWS CLI in a process that has loaded it and forks at every call: each start of `aws` takes about a second
of a processor, and tests of scripts start it a thousand times.

`folder()` is what goes first on the PATH. Run as a script, by the Python of the AWS CLI, this is what forks.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path

# bash needs no program to reach a port; what it was started with is in /proc. It may still be in the line that writes
# when the answer begins, and its own output is then the port: 8 is where it went before.
CLIENT = """\
#!/bin/bash
exec 8>&1 9<>/dev/tcp/127.0.0.1/{port}
printf '%s\\n' "$$" >&9
read -r -u 9 code
exit "${{code:-1}}"
"""


@cache
def folder() -> str | None:
    """A folder with an `aws` that is loaded already; None without an AWS CLI, or with one that is not in Python."""
    python = _python()
    if python is None:
        return None
    made = tempfile.mkdtemp(prefix="nfconfgen-aws-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    # it ends with this process, which holds the other end of its stdin
    process = subprocess.Popen([python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)
    assert process.stdout is not None
    client = Path(made, "aws")
    client.write_text(CLIENT.format(port=int(process.stdout.readline())), encoding="utf-8")
    client.chmod(0o755)
    return made


def _python() -> str | None:
    """The Python that runs `aws`."""
    found = shutil.which("aws")
    if found is not None and shutil.which("pyenv") and "shims" in found:
        found = subprocess.run(["pyenv", "which", "aws"], capture_output=True, text=True, check=True).stdout.strip()
    if found is None:
        return None
    with Path(found).open("rb") as file:
        first = file.readline(200)
    python = first[2:].decode(errors="replace").strip()
    return python if first.startswith(b"#!") and "python" in python and os.access(python, os.X_OK) else None


def _serve() -> None:
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            ready, _, _ = select.select([server, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            client, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _answer(client)
            client.close()


def _load() -> None:
    """All that a call imports on its way. The call itself finds nobody who listens."""
    from importlib import import_module

    from awscli.clidriver import create_clidriver  # type: ignore[import-untyped, import-not-found, unused-ignore]

    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1"}
    words = ["batch", "describe-job-queues", "--region", "eu-central-1", "--endpoint-url", "http://127.0.0.1:9"]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere):
        create_clidriver().main(words)
    for module in ("awscli.customizations.s3.subcommands", "s3transfer.manager"):
        import_module(module)


def _answer(client: socket.socket) -> None:
    """Runs one call, and sends its exit code. It ends if the client does: that is the one who gets a Ctrl-C."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = int(client.makefile().readline())
    child = os.fork()
    if child == 0:
        _call(f"/proc/{pid}")
    ended = os.pidfd_open(child)
    ready, _, _ = select.select([ended, client.fileno()], [], [])
    if ended not in ready:
        os.kill(child, signal.SIGINT)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        client.sendall(b"%d\n" % (code if code >= 0 else 128 - code))
    os._exit(0)


def _call(process: str) -> None:
    """`aws` with the words, the environment, the folder and the streams of this process."""
    code = 1
    try:
        words = Path(process, "cmdline").read_bytes().split(b"\0")[2:-1]
        pairs = Path(process, "environ").read_bytes().split(b"\0")
        # the AWS CLI sets it when it is loaded
        models = os.environb[b"AWS_DATA_PATH"]
        os.environ.clear()
        os.environb.update((name, value) for name, _, value in (pair.partition(b"=") for pair in pairs) if name)
        os.environb[b"AWS_DATA_PATH"] = models
        os.chdir(f"{process}/cwd")
        for number, theirs in enumerate((0, 8, 2)):
            os.dup2(_opened(f"{process}/fd/{theirs}", number), number)
        sys.argv = ["aws", *map(os.fsdecode, words)]
        from awscli.clidriver import main  # type: ignore[import-untyped, import-not-found, unused-ignore]

        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except Exception:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _opened(path: str, number: int) -> int:
    if not os.path.lexists(path):  # closed
        return os.open(os.devnull, os.O_RDWR)
    if number:
        return os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        return os.open(path, os.O_RDONLY)
    except OSError:  # a socket, which can only be inherited
        return os.open(os.devnull, os.O_RDONLY)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.dont_write_bytecode = True
    # the modules of this folder are not those that the AWS CLI means
    del sys.path[0]
    _serve()
