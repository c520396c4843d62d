"""./setup/bench: the benchmarks, on a new database with our addons."""

from lib import databases, environment, instance, places, processes, python_env, say

BENCH = places.ROOT / 'tests' / 'bench' / 'run.py'


def main(arguments):
    if not BENCH.exists():
        raise say.Failure(f"There are no benchmarks: {BENCH} is missing.")
    with environment.ready() as env, databases.copy(env, 'bench', bundles=False) as database:
        environment.select(instance.configure(env, database), database)
        return processes.foreground([python_env.PYTHON, BENCH, *arguments])
