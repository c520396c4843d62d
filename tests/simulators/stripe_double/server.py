"""The adapter's addresses over HTTP, on this machine only."""

import json

import serving

HOOK = '/hook'  # where localstripe tells its events


def serve(double, port=0):
    return serving.Server(Handler, port, double=double)


class Handler(serving.Handler):
    server_version = 'stripe-double'

    def do_GET(self):
        if self.path == '/control':
            self.send_json(self._picture())
        else:
            self._ask()

    def do_POST(self):
        if self.path == HOOK:
            self.server.double.heard(json.loads(self.read_body()))
            self.send_json({})
        elif self.path == '/control':
            self._control(json.loads(self.read_body()))
        else:
            self._ask()

    def do_DELETE(self):
        self._ask()

    def _ask(self):
        if not self.path.startswith('/v1/'):
            return self.send_json({'error': {'message': "Not found"}}, 404)
        return self._answer(*self.server.double.ask(
            self.command, self.path, self.read_body().decode(), dict(self.headers)))

    def _control(self, asked):
        """What a person does: shop (url, secret), pay (an intent), dispute (an intent)."""
        double, answer = self.server.double, (200, {})
        if 'shop' in asked:
            double.shop = asked['shop']
        if 'pay' in asked:
            answer = double.pay(asked['pay'], asked.get('method', 'pm_card_visa'))
        if 'dispute' in asked:
            answer = double.dispute(asked['dispute'], asked.get('status', 'needs_response'))
        self._answer(*answer)

    def _picture(self):
        double = self.server.double
        return {
            'shop': double.shop['url'], 'disputes': double.disputes, 'ledger': double.ledger(),
            'told': [{'id': event['id'], 'type': event['type'], 'status': status}
                     for event, status in double.told]}

    def _answer(self, status, answer):
        self.send_json(answer, status)
