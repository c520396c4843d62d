"""python -m sslcommerz --port 8071 --store-id demostore --store-password secret"""

import argparse

from .sandbox import Sandbox
from .server import serve


def main():
    parser = argparse.ArgumentParser(prog='sslcommerz', description=__doc__)
    parser.add_argument('--port', type=int, default=8071, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument('--store-id', default='demostore')
    parser.add_argument('--store-password', default='demostore@ssl')
    parser.add_argument('--shop', default="Demo Shop", help="the name that the page shows")
    options = parser.parse_args()
    server = serve(
        Sandbox(options.store_id, options.store_password, options.shop), options.port)
    print(server.base_url, flush=True)  # noqa: T201 whoever started us reads it
    server.serve_forever()


if __name__ == '__main__':
    main()
