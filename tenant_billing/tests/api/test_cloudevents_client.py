import importlib.util
import json
from datetime import datetime, timezone
from unittest.mock import patch

from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.tenant_billing.tests.api.api_case import ApiCase


@tagged('post_install', '-at_install')
class TestCloudEventsClient(ApiCase):
    """Events as somebody else's software builds them: the public SDK of CloudEvents."""

    def make_world(self):
        super().make_world()
        self.env['tenant.meter'].create({
            'name': "Tokens", 'code': 'tokens', 'company_id': self.company.id})
        self.platform = self.secret('usage:write')

    def event(self, name, **attributes):
        return CloudEvent(
            attributes={
                'specversion': '1.0', 'id': name, 'source': '/gateway', 'type': 'tokens',
                'subject': 'ext:clinic-7', 'datacontenttype': 'application/json',
                'time': datetime(2026, 1, 20, 5, tzinfo=timezone.utc), **attributes},
            data={'value': 2.5, 'model': 'gpt-4o'})

    def send(self, data, **headers):
        response = self.ask(
            '/api/v1/events', key=self.platform, method='POST', data=data, headers=headers)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def test_structured(self):
        for verdict in ('accepted', 'duplicate'):
            message = to_structured(self.event('e1'), JSONFormat())
            headers = {name.title(): value for name, value in message.headers.items()}
            self.assertEqual(self.send(message.body, **headers)[verdict], 1)

    def test_batch_and_list(self):
        events = [
            json.loads(to_structured(self.event(f'e{number}'), JSONFormat()).body)
            for number in range(3)]
        for mimetype, verdict in (
            ('application/cloudevents-batch+json', 'accepted'), ('application/json', 'duplicate'),
        ):
            told = self.send(json.dumps(events), **{'Content-Type': mimetype})
            self.assertEqual(told[verdict], 3)

    def test_the_example_client(self):
        """The client of doc/examples: what it records arrives once, though the first answer was
        lost on the way."""
        spec = importlib.util.spec_from_file_location(
            'usage_client', file_path('tenant_billing/doc/examples/usage_client.py'))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sent = []

        def post(client, body):
            sent.append(self.send(body, **{
                'Content-Type': 'application/cloudevents-batch+json',
                'Content-Encoding': 'gzip'}))
            if len(sent) == 1:
                raise OSError("The answer is lost.")
            return sent[-1]

        with patch.object(module.UsageClient, '_run'), patch.object(module.time, 'sleep'), \
                patch.object(module.UsageClient, '_post', post):
            client = module.UsageClient('https://billing.example', 'tbk_x', 'srv4')
            client.record('tokens', 'ext:clinic-7', 3, provider='openai')
            client.counted('tokens', 'ext:clinic-7')(len)("abc")
            client._send(client.waiting)
        self.assertEqual([told['accepted'] for told in sent], [2, 0])
        self.assertEqual([told['duplicate'] for told in sent], [0, 2])
        self.assertEqual(
            [module.provider_of(host) for host in (
                'api.openai.com:443', 'x.openai.azure.com', 'us-aiplatform.googleapis.com',
                'api.openai.com.evil.example', '')],
            ['openai', 'azure-openai', 'vertex', 'other', 'other'])

    def test_correction_as_an_extension(self):
        self.send(to_structured(self.event('e1'), JSONFormat()).body,
                  **{'Content-Type': 'application/cloudevents+json'})
        message = to_structured(self.event('r1', reverses='e1'), JSONFormat())
        told = self.send(message.body, **{'Content-Type': 'application/cloudevents+json'})
        self.assertEqual(told['accepted'], 1)
        self.assertEqual(sum(
            row['value'] for row in self.env['tenant.usage.total']._of(
                self.panel, self.day('2026-01-01'), self.day('2027-01-01'))), 0)
