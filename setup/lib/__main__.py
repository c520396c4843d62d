"""Dispatch one of the commands in `setup/` and turn whatever goes wrong into one sentence."""

import errno
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import places, say  # noqa: E402


def _interrupt(signum, frame):
    """Unwind like Ctrl-C, and only once: a second signal must not cut the clean-up short."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _unforeseen():
    """Keep the traceback for whoever repairs it, and say where it lies."""
    try:
        log = places.log('unforeseen-error')
        log.write_text(traceback.format_exc())
    except OSError:
        return traceback.format_exc().strip().splitlines()[-1]
    return f"Something unforeseen happened; {log} tells what."


def _run(command, arguments):
    try:
        return importlib.import_module(f'lib.commands.{command}').main(arguments) or 0
    except KeyboardInterrupt:
        say.line("Stopped.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except say.Failure as failure:
        sentence = str(failure)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            sentence = f"The disk is full: nothing more could be written in {places.GENERATED}."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            sentence = f"{error.filename} may not be written or read: {error.strerror}."
        else:
            sentence = _unforeseen()
    except Exception:  # noqa: BLE001
        sentence = _unforeseen()
    say.sentence(f"./setup/{command}: {sentence}")
    return 1


if __name__ == '__main__':
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    status = _run(sys.argv[1], sys.argv[2:])
    if status:
        places.forget_bytecode()
    sys.exit(status)
