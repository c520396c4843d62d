"""What a person reads: short lines, progress of long steps, and failures in one sentence."""

import contextlib
import sys
import time


class Failure(Exception):
    """Something the person can act on; its text is the one sentence that is printed."""


def line(text):
    print(text, flush=True)


def sentence(text):
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def progress(title):
    """Announce a long step and show that it is alive: a running clock on a terminal, a line
    every half minute in a log. Yields the function that has to be called now and then.
    """
    started = reported = time.monotonic()
    terminal = sys.stdout.isatty()
    print(f"- {title} ...", end='' if terminal else '\n', flush=True)

    def tick():
        nonlocal reported
        now = time.monotonic()
        if now - reported >= (1 if terminal else 30):
            reported = now
            passed = f"- {title} ... {now - started:.0f} s"
            print(f"\r{passed}" if terminal else passed, end='' if terminal else '\n', flush=True)

    done = "failed after"
    try:
        yield tick
        done = "done in"
    finally:
        start = '\r' if terminal else ''
        print(f"{start}- {title}: {done} {time.monotonic() - started:.0f} s", flush=True)
