"""python -m stripe_double --localstripe /path/to/bin/localstripe --port 8073"""

import argparse
import signal
import sys

from .double import Double
from .process import running
from .server import serve


def main():
    parser = argparse.ArgumentParser(prog='stripe_double', description=__doc__)
    parser.add_argument('--localstripe', required=True, help="the program, in its own environment")
    parser.add_argument('--port', type=int, default=8073, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument('--shop', default='', help="the address that is told of events")
    parser.add_argument('--secret', default='', help="with which they are signed")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit())
    with running(options.localstripe) as address:
        double = Double(address)
        double.shop = {'url': options.shop, 'secret': options.secret}
        server = serve(double, options.port)
        double._behind('POST', '/_config/webhooks/adapter', (
            f'url={server.base_url}/hook&secret=whsec_adapter'))
        print(server.base_url, flush=True)  # noqa: T201 whoever started us reads it
        server.serve_forever()


if __name__ == '__main__':
    main()
