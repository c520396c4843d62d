"""The Odoo tree: Debian's packages unpacked into our folder, or a checkout in `ODOO_HOME`.

apt does the work, with folders of its own: no root, and nothing of the system changes.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from lib import places, processes, say

PINS = places.ROOT / 'setup' / 'debian-packages.txt'
NEWER = 'TENANT_BILLING_NEWER_ODOO'
KEYRING = Path('/usr/share/keyrings/debian-archive-keyring.gpg')
FOLDER = places.GENERATED / 'odoo'
DEBS = places.GENERATED / 'debs'
APT = places.GENERATED / 'apt'

# Debian leaves this file out; without it the bundle's request fails and with it every page of the
# backend in a browser test. Only the blurred background of video calls is lost.
MISSING = 'addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js'


class Tree(NamedTuple):
    """An Odoo to work with: its start file, what to import from, its addons, and its identity."""

    start: Path
    imports: Path
    addons: tuple
    identity: str


class Package(NamedTuple):
    name: str
    suite: str
    version: str
    digest: str

    @property
    def file(self):
        return DEBS / f'{self.name}_{self.version.replace(":", "%3a")}_all.deb'

    def is_fetched(self):
        """Whether the very file that was tried is at hand."""
        return self.file.exists() and _digest(self.file) == self.digest


def ensure(newer=False):
    """The tree, fetched and unpacked if it is not there yet."""
    if home := os.environ.get('ODOO_HOME'):
        return _checkout(Path(home).absolute())
    pins = PINS.read_text()
    stamp = FOLDER / 'pins'
    if not stamp.exists() or stamp.read_text() != pins:
        places.check_room(3)
        _unpack(_fetch(newer or bool(os.environ.get(NEWER))), pins)
    imports = FOLDER / 'usr/lib/python3/dist-packages'
    identity = (FOLDER / 'version').read_text()
    return Tree(FOLDER / 'usr/bin/odoo', imports, (imports / 'odoo/addons',), identity)


def pip_wheel():
    """pip as Debian ships it, for a Python without ensurepip; None with a checkout."""
    return next(FOLDER.glob('usr/share/python-wheels/pip-*.whl'), None)


def _checkout(home):
    if not (home / 'odoo-bin').is_file() or not (home / 'odoo/release.py').is_file():
        raise say.Failure(f"ODOO_HOME={home} is no checkout of Odoo: it has no odoo-bin.")
    if 'version_info = (19,' not in (home / 'odoo/release.py').read_text():
        raise say.Failure(f"ODOO_HOME={home} is not Odoo 19.")
    commit = _ask(['git', '-C', home, 'rev-parse', 'HEAD']).strip() if shutil.which('git') else ''
    identity = f'{home} {commit}'.strip()
    return Tree(home / 'odoo-bin', home, (home / 'addons', home / 'odoo/addons'), identity)


def _ask(command):
    """What a tool answers; nothing when it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _pinned():
    lines = PINS.read_text().splitlines()
    return [Package(*line.split()) for line in lines if line and not line.startswith('#')]


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fetch(newer):
    """The .deb files: those at hand if their sums are right, else from the Debian archive."""
    packages = _pinned()
    if all(package.is_fetched() for package in packages):
        return packages
    apt = _apt_options()
    processes.step("Reading the Debian archive's index", ['apt-get', *apt, 'update'], 'apt-update')
    offered = _offered(apt, packages)
    packages = [_choose(package, offered, newer) for package in packages]
    wanted = [package for package in packages if not package.is_fetched()]
    for package in wanted:
        # apt-get takes a file that lies there already for good, even a tampered one
        package.file.unlink(missing_ok=True)
    download = ['apt-get', *apt, 'download', *(f'{p.name}={p.version}' for p in wanted)]
    processes.step("Fetching Odoo 19 (135 MB)", download, 'apt-download', cwd=DEBS)
    for package in wanted:
        if package.digest and not package.is_fetched():
            raise say.Failure(f"{package.file.name} has another SHA-256 than the one tried.")
    return packages


def _apt_options():
    """Options that give apt sources and folders of its own, and the machine's archive address."""
    if not shutil.which('apt-get') or not shutil.which('dpkg'):
        raise say.Failure(
            "Odoo is fetched by apt-get, which this machine lacks: "
            "name a checkout of Odoo 19 in ODOO_HOME."
        )
    if not KEYRING.exists():
        raise say.Failure(f"{KEYRING} is missing: install the package debian-archive-keyring.")
    for folder in (APT / 'lists/partial', APT / 'cache/archives/partial', DEBS):
        folder.mkdir(parents=True, exist_ok=True)
    suites = sorted({package.suite for package in _pinned()})
    sources = APT / 'sources.list'
    site = _site()
    sources.write_text(
        ''.join(f'deb [signed-by={KEYRING}] {site} {suite} main\n' for suite in suites)
    )
    settings = {
        'Dir::Etc::sourcelist': sources,
        'Dir::Etc::sourceparts': '-',
        'Dir::State::Lists': APT / 'lists',
        'Dir::Cache': APT / 'cache',
        'APT::Update::Error-Mode': 'any',
        'APT::Sandbox::User': 'root',
    }
    return [f'-o{key}={value}' for key, value in settings.items()]


def _site():
    """The address from which this machine gets its Debian packages."""
    targets = ['apt-get', 'indextargets', '--no-release-info', '--format', '$(SITE) $(RELEASE)']
    listed = _ask([*targets, 'Created-By: Packages']).splitlines()
    sites = [line.split() for line in listed if 'security' not in line]
    release = Path('/etc/os-release').read_text()
    ours = [site for site, suite in sites if f'VERSION_CODENAME={suite}\n' in release]
    if not sites:
        raise say.Failure("No Debian archive is configured for apt on this machine.")
    return (ours or [site for site, _suite in sites])[0]


def _offered(apt, packages):
    """Versions in the archive, newest first, by package and suite."""
    listed = _ask(['apt-cache', *apt, 'madison', *(package.name for package in packages)])
    offered = {}
    for line in listed.splitlines():
        name, version, source = (part.strip() for part in line.split('|'))
        suite = source.split()[1].split('/')[0]
        offered.setdefault((name, suite), []).append(version)
    return offered


def _choose(package, offered, newer):
    """The pinned version if the archive has it, else a newer one if that was allowed."""
    versions = offered.get((package.name, package.suite), [])
    if package.is_fetched() or package.version in versions:
        return package
    if not versions:
        raise say.Failure(f"The Debian archive has no {package.name} in {package.suite}.")
    found = f"The archive offers {package.name} {versions[0]}, tried was {package.version}"
    if not newer:
        raise say.Failure(f"{found}: --newer-odoo, or {NEWER}=1, takes what it offers.")
    say.line(f"- Warning: {found}; going on with the newer one.")
    return package._replace(version=versions[0], digest='')


def _unpack(packages, pins):
    """Unpack beside the final place and rename: an interrupted start leaves no half tree."""
    part = FOLDER.with_suffix('.part')
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    script = 'for deb; do dpkg -x "$deb" . || exit; done'
    files = [package.file for package in packages]
    processes.step("Unpacking Odoo 19", ['sh', '-c', script, 'sh', *files], 'unpack', cwd=part)
    missing = part / 'usr/lib/python3/dist-packages/odoo' / MISSING
    if not missing.exists():
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.write_text("/* Debian's package leaves this library out. */\n")
    (part / 'version').write_text(packages[0].version)
    (part / 'pins').write_text(pins)
    shutil.rmtree(FOLDER, ignore_errors=True)
    part.rename(FOLDER)
