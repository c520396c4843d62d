"""Child processes that never outlive us, and long steps with a log each."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time

from lib import places, say

PR_SET_PDEATHSIG = 1
PIPE = subprocess.PIPE
LIBC = ctypes.CDLL(None)

# What a tool's log says, and what a person should read instead.
REASONS = (
    (r'No space left on device|not enough free space|Disk quota exceeded', "the disk is full"),
    (
        r'is not signed|NO_PUBKEY|BADSIG|EXPKEYSIG|invalid signature|GPG error',
        "the archive's signature could not be verified",
    ),
    (
        r'Release file .* is (expired|not valid yet)',
        "the archive's index and this machine's clock do not agree",
    ),
    (
        r'Temporary failure|[Cc]ould not resolve|[Cc]ould not connect|[Uu]nable to connect'
        r'|Network is unreachable|Connection refused|NewConnectionError|ProxyError'
        r'|timed out|Failed to fetch',
        "the network could not be reached",
    ),
)


def _die_with_parent():
    """Ask the kernel for a SIGTERM when our parent dies: kill -9 leaves no orphan behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, *, apart=True, stdin=subprocess.DEVNULL, **options):
    """Start a child, by default apart from the terminal: then Ctrl-C reaches it through us only."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=stdin,
        start_new_session=apart,
        preexec_fn=_die_with_parent,
        **options,
    )


def stop(process, patience=15):
    """End a child and its group: politely first, by force when patience is over."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    if process.poll() is None:
        process.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def reason(log):
    """Why a tool failed: a known cause, otherwise the last thing it said."""
    if places.is_full():
        return "the disk is full"
    text = log.read_text(errors='replace')[-20000:]
    for pattern, cause in REASONS:
        if re.search(pattern, text):
            return cause
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r'E: |ERROR: |[\w.]*(Error|Exception)\b', line)]
    return (errors or lines or ["it said nothing"])[-1]


def step(title, command, log_name, *, patience=15, **options):
    """Run one long step; its output goes to a log, a failure becomes a sentence."""
    log = places.log(log_name)
    with say.progress(title) as tick, log.open('w') as output:
        process = start(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            while process.poll() is None:
                tick()
                time.sleep(0.1)
        finally:
            stop(process, patience)
        if process.returncode:
            raise say.Failure(f"{title} failed: {reason(log).rstrip('.')} (log: {log}).")


def foreground(command, **options):
    """Run a child whose output is the point, until it ends; returns its exit status.

    On a terminal it stays in front (a debugger wants the keyboard) and gets Ctrl-C by itself.
    """
    terminal = sys.stdin.isatty()
    process = start(command, apart=not terminal, stdin=None, **options)
    try:
        return process.wait()
    except KeyboardInterrupt:
        if not terminal:
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        raise
    finally:
        stop(process)
