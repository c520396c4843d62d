import datetime
import socket
import ssl
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from odoo.tests import BaseCase, tagged

from odoo.addons.tenant_billing import outbound
from odoo.addons.tenant_billing.tests.oversight.listening import Listener

REFUSED_AS_THEY_STAND = {
    'url': [
        '', 'host.example', 'ftp://host.example/', 'file:///etc/passwd', 'https://', 'https:///a',
        'https://user:word@host.example/', 'https://user@host.example/', 'https://host.example:0/',
        'https://host.example:99999/', 'https://[::1/', 'https://host.example/ a',
        'https://host.example/\r\nX: y', 'https://höst.example/', 'https://host.example\\@a/',
    ],
    'https': ['http://host.example/', 'HTTP://1.1.1.1/'],
    # the machine's own resolver reads all of these forms
    'private': [
        'https://127.0.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/',
        'https://127.1/', 'https://0/', 'https://0.0.0.0/', 'https://[::1]/', 'https://[::]/',
        'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/', 'https://[::ffff:10.0.0.1]/',
        'https://[fe80::1]/', 'https://[fc00::1]/', 'https://[ff02::1]/', 'https://[2002:7f00:1::]/',
        'https://[64:ff9b::7f00:1]/', 'https://localhost/', 'https://10.0.0.1/',
        'https://172.16.0.1/', 'https://192.168.1.1/', 'https://169.254.169.254/latest/meta-data/',
        'https://100.64.0.1/', 'https://224.0.0.1/', 'https://240.0.0.1/',
        'https://255.255.255.255/', 'https://3232235777/', 'https://0xa9fea9fe/',
    ],
}
RESOLVED = [  # what a name of somebody else's may stand for
    ['10.0.0.1'], ['127.0.0.1'], ['::1'], ['::ffff:192.168.0.1'], ['fe80::1'],
    ['1.1.1.1', '10.0.0.1'], ['2606:4700::1111', 'fd00::1'],
]


def answers_of(addresses, port):
    return [
        (socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM, 6, '',
         (address, port)) for address in addresses]


@tagged('post_install', '-at_install')
class TestOutbound(BaseCase):
    """Whom we call: nobody in our own network, nobody twice, nobody for long."""

    def setUp(self):
        super().setUp()
        self.host = Listener()
        self.addCleanup(self.host.close)

    def post(self, url=None, **options):
        return outbound.post(
            self.host.address if url is None else url, b'{}', {'X-A': 'b'},
            **{'allow_private': True, **options})

    # === WHOM WE DO NOT CALL === #

    def test_addresses_that_are_refused(self):
        with patch.object(outbound._Line, 'connect', side_effect=AssertionError):
            for problem, urls in REFUSED_AS_THEY_STAND.items():
                for url in urls:
                    with self.subTest(url=url):
                        self.assertEqual(
                            self.post(url, allow_private=False), outbound.Answer(problem=problem))

    def test_names_that_stand_for_private_addresses(self):
        with patch.object(outbound._Line, 'connect', side_effect=AssertionError):
            for found in RESOLVED:
                with self.subTest(found=found), patch.object(
                        socket, 'getaddrinfo', return_value=answers_of(found, 443)):
                    self.assertEqual(
                        self.post('https://host.example/', allow_private=False),
                        outbound.Answer(problem='private'))

    def test_a_name_that_nobody_knows(self):
        with patch.object(socket, 'getaddrinfo', side_effect=socket.gaierror):
            self.assertEqual(self.post('https://host.example/').problem, 'name')

    def test_a_name_is_resolved_once_and_what_was_checked_is_called(self):
        """A name that stands for another address a moment later leads nobody astray."""
        port = self.host.server_port
        with patch.object(socket, 'getaddrinfo', side_effect=[
                answers_of(['127.0.0.1'], port), AssertionError]):
            answer = self.post(f'http://host.example:{port}/x')
        self.assertEqual(answer, outbound.Answer(200, "ok"))
        path, headers, body = self.host.heard[0]
        self.assertEqual((path, headers['Host'], headers['X-A'], body),
                         ('/x', f'host.example:{port}', 'b', b'{}'))

    def test_the_second_address_of_a_name_is_tried_too(self):
        port = self.host.server_port
        with patch.object(socket, 'getaddrinfo', return_value=answers_of(
                ['::1', '127.0.0.1'], port)):
            self.assertEqual(self.post(f'http://host.example:{port}/').status, 200)

    def test_redirects_are_not_followed(self):
        elsewhere = Listener()
        self.addCleanup(elsewhere.close)
        for status in (301, 302, 303, 307, 308):
            self.host.status, self.host.headers = status, {'Location': elsewhere.address}
            answer = self.post()
            self.assertEqual((answer.status, answer.is_success), (status, False))
        self.assertEqual(elsewhere.heard, [])

    # === HOW LONG AND HOW MUCH === #

    def test_answers(self):
        for status, success in ((200, True), (204, True), (299, True), (400, False), (410, False),
                                (429, False), (500, False), (503, False)):
            self.host.status, self.host.text = status, "" if status == 204 else "words"
            with self.subTest(status=status):
                answer = self.post()
                self.assertEqual((answer.status, answer.is_success), (status, success))

    def test_a_long_answer_is_cut(self):
        self.host.text = "a" * 5_000_000
        self.assertEqual(self.post(), outbound.Answer(200, "a" * outbound.ANSWER_LIMIT))

    def test_a_host_that_answers_late(self):
        self.host.before_answer = lambda: time.sleep(3)
        self._assert_soon('timeout', patience=.3)

    def test_nobody_is_there(self):
        self.host.close()
        self.assertEqual(self.post().problem, 'connection')
        self.host = Listener()

    def test_a_host_that_hangs_up(self):
        address = self._raw(lambda line: None)
        self.assertEqual(self.post(address).problem, 'connection')

    def test_a_host_that_does_not_speak_http(self):
        address = self._raw(lambda line: line.sendall(b'SSH-2.0-OpenSSH\r\n\r\n'))
        self.assertEqual(self.post(address).problem, 'answer')

    def test_a_host_that_drips(self):
        """Each byte comes in time; the whole does not."""
        def drip(line):
            for _byte in range(100):
                line.sendall(b'H')
                time.sleep(.1)
        address = self._raw(drip)
        self._assert_soon('timeout', address, patience=.5)

    def test_a_host_that_says_go_on_for_ever(self):
        def go_on(line):
            for _time in range(100):
                line.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
                time.sleep(.05)
        self._assert_soon('timeout', self._raw(go_on), patience=.5)

    def test_a_status_counts_though_its_text_never_ends(self):
        def endless(line):
            line.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
            for _byte in range(100):
                line.sendall(b'a')
                time.sleep(.1)
        started = time.monotonic()
        self.assertEqual(self.post(self._raw(endless), patience=.5).status, 200)
        self.assertLess(time.monotonic() - started, 3)

    # === TLS === #

    def test_a_certificate_that_nobody_vouches_for(self):
        with self._tls('host.example') as (address, _trusted):
            self.assertEqual(self.post(address).problem, 'certificate')

    def test_a_certificate_of_another_host(self):
        with self._tls('other.example') as (address, trusted), trusted:
            self.assertEqual(self.post(address).problem, 'certificate')

    def test_a_certificate_that_is_vouched_for(self):
        with self._tls('host.example') as (address, trusted), trusted:
            self.assertEqual(self.post(address), outbound.Answer(200, "ok"))

    # === HELPERS === #

    def _assert_soon(self, problem, url=None, patience=1.0):
        started = time.monotonic()
        self.assertEqual(self.post(url, patience=patience).problem, problem)
        self.assertLess(time.monotonic() - started, patience + 1.5)

    def _raw(self, talk):
        """The address of something on a port that talks as it likes."""
        door = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(door.close)

        def serve():
            try:
                line, _caller = door.accept()
                with line:
                    line.recv(65536)
                    talk(line)
            except OSError:
                pass
        threading.Thread(target=serve, daemon=True).start()
        return f'http://127.0.0.1:{door.getsockname()[1]}/'

    def _tls(self, name):
        return TlsHost(self.host, name)


class TlsHost:
    """A host with a certificate, found under host.example; and a patch that trusts it."""

    def __init__(self, host, name):
        self.host, self.name = host, name

    def __enter__(self):
        self.folder = TemporaryDirectory()
        certificate = Path(self.folder.name) / 'certificate.pem'
        certificate.write_bytes(make_certificate(self.name))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.host.socket = context.wrap_socket(self.host.socket, server_side=True)
        self.host.handle_error = lambda request, address: None
        port = self.host.server_port
        self.resolving = patch.object(
            socket, 'getaddrinfo', return_value=answers_of(['127.0.0.1'], port))
        self.resolving.start()
        trusting = patch.object(
            ssl, 'create_default_context',
            return_value=ssl.create_default_context(cafile=certificate))
        return f'https://host.example:{port}/', trusting

    def __exit__(self, *exception):
        self.resolving.stop()
        self.folder.cleanup()


def make_certificate(name):
    """A key and its own certificate, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256()))
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) + certificate.public_bytes(serialization.Encoding.PEM)
