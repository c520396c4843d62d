"""python -m host --port 8072 --billing http://127.0.0.1:8069

HOST_SECRET is the endpoint's secret, HOST_KEY an API key with which provisioning is reported.
"""

import argparse
import os

from .platform import Platform
from .server import serve


def main():
    parser = argparse.ArgumentParser(
        prog='host', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--port', type=int, default=8072, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument('--billing', default='http://127.0.0.1:8069', help="whom to report to")
    parser.add_argument(
        '--pace', type=float, default=2, help="seconds between two steps of making a panel")
    options = parser.parse_args()
    server = serve(
        Platform(os.environ['HOST_SECRET'], os.environ.get('HOST_KEY', ''), options.billing,
                 options.pace), options.port)
    print(server.base_url, flush=True)  # noqa: T201 whoever started us reads it
    server.serve_forever()


if __name__ == '__main__':
    main()
