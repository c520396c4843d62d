"""One HTTP request to an address that other people chose: resolved once, checked, and connected to
exactly what was checked. Nothing is followed, nothing waits long, answers are cut."""

import contextlib
import http.client
import socket
import ssl
import threading
from typing import NamedTuple
from urllib.parse import urlsplit

from odoo.addons.tenant_billing.engine import addresses

PATIENCE = 10  # seconds for all of it: connecting, sending, the answer
ANSWER_LIMIT = 1000  # bytes of an answer that are read
PORTS = {'http': 80, 'https': 443}


class Refused(ValueError):
    """An address that is not called; `problem` says why: url, https, name or private."""

    def __init__(self, problem):
        super().__init__(problem)
        self.problem = problem


class Answer(NamedTuple):
    """What came back: a status and the beginning of the text, or the problem instead of them:
    one of Refused, or timeout, certificate, connection, answer."""

    status: int | None = None
    text: str = ''
    problem: str = ''

    @property
    def is_success(self):
        return self.status is not None and 200 <= self.status < 300


def check_url(url, allow_private=False):
    """The parts of an address that may be called, as far as can be said without resolving it.

    :param str url: the address
    :param bool allow_private: whether http and addresses of this network are welcome
    :rtype: urllib.parse.SplitResult
    :raise Refused: url or https
    """
    try:
        parts = urlsplit(url)
        sound = (
            url.isascii() and url.isprintable() and ' ' not in url and '\\' not in url
            and parts.scheme in PORTS and parts.hostname and parts.port != 0
            and parts.username is None and parts.password is None)
    except ValueError:
        sound = False
    if not sound:
        raise Refused('url')
    if parts.scheme != 'https' and not allow_private:
        raise Refused('https')
    return parts


def post(url, body, headers, allow_private=False, patience=PATIENCE, method='POST'):
    """Send a body and wait for the answer.

    :param str url: whither
    :param bytes body: what is sent
    :param dict headers: beside those of the transport
    :param bool allow_private: whether http and addresses of this network are welcome
    :param float patience: seconds after which all of it is cut off
    :param str method: POST, or GET without a body
    :rtype: Answer
    """
    line = None
    try:
        target = check_url(url, allow_private)
        line = _Line(target, _resolve(target, allow_private), patience)
        path = (target.path or '/') + (f'?{target.query}' if target.query else '')
        line.request(method, path, body, headers)
        response = line.getresponse()
        return Answer(response.status, _beginning(response))
    except Refused as refusal:
        return Answer(problem=refusal.problem)
    except ssl.SSLCertVerificationError:
        return Answer(problem='certificate')
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, TimeoutError) or line and line.is_late:
            return Answer(problem='timeout')
        return Answer(problem='connection' if isinstance(error, OSError) else 'answer')
    finally:
        if line:
            line.end()


def _resolve(target, allow_private):
    """What the name stands for at this moment, all of it checked.

    :return: list of (family, socket address)
    :raise Refused: name or private
    """
    try:
        found = socket.getaddrinfo(
            target.hostname, target.port or PORTS[target.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused('name') from error
    if not allow_private and not all(
            addresses.is_public(address[0]) for _family, _type, _protocol, _name, address in found):
        raise Refused('private')
    return [(family, address) for family, _type, _protocol, _name, address in found]


def _beginning(response):
    """The answer's first words; its status counts, whatever becomes of the rest."""
    try:
        return response.read(ANSWER_LIMIT).decode('utf-8', 'replace')
    except (OSError, http.client.HTTPException):
        return ''


class _Line(http.client.HTTPConnection):
    """A connection to addresses that were resolved before, cut off when patience is over."""

    def __init__(self, target, found, patience):
        port = PORTS[target.scheme]
        super().__init__(target.hostname, target.port or port, timeout=patience)
        self.default_port = port
        self.is_tls = target.scheme == 'https'
        self.found = found
        self.is_late = False
        self.watched = None
        self.watch = threading.Timer(patience, self._cut)
        self.watch.daemon = True

    def connect(self):
        self.watch.start()
        for place, (family, address) in enumerate(self.found, 1):
            try:
                self.sock = self.watched = socket.socket(family, socket.SOCK_STREAM)
                self.sock.settimeout(self.timeout)
                self.sock.connect(address)
                break
            except OSError as error:
                self.close()
                if place == len(self.found) or isinstance(error, TimeoutError):
                    raise
        if self.is_tls:
            self.sock = self.watched = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def _cut(self):
        """A host that drips byte after byte is never late by the socket's own measure."""
        self.is_late = True
        with contextlib.suppress(OSError):
            self.watched.shutdown(socket.SHUT_RDWR)

    def end(self):
        self.watch.cancel()
        self.close()
