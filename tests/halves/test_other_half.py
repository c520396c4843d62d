"""`./setup/test` runs the tests in two halves, each with a database of its own, on two cores.

This is the last test of the half whose summary is the last line: it waits for the other half, and
fails with its output if that failed.
"""

import os
import time
from pathlib import Path


def test_the_half_that_runs_beside_passes():
    folder = Path(os.environ['TENANT_BILLING_BESIDE'])
    while not (folder / 'status').exists():
        time.sleep(1)  # the command that started both ends this one with Ctrl-C
    output = (folder / 'output').read_text(errors='replace')
    assert (folder / 'status').read_text().strip() == '0', '\n'.join(output.splitlines()[-300:])
