"""What the host knows: its panels, and every message in the order in which it came."""

import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import asdict, dataclass, field

STEPS = ({'progress': 10}, {'progress': 60}, {'progress': 100, 'state': 'created'})
# What the host does when the billing says so.
STATES = {
    'creating': 'waiting', 'active': 'running', 'grace': 'running', 'suspended': 'stopped',
    'failed': 'failed', 'closed': 'gone',
}
TRIES = 10


@dataclass
class Faults:
    """How the host misbehaves; all as it should be at first."""

    answer: str = 'normal'  # error: HTTP 500; redirect: to a private address
    slow_seconds: float = 0
    provisioning: str = 'normal'  # fail: the panel cannot be made

    def change(self, asked):
        """:raise ValueError: for what is no fault"""
        for name, value in asked.items():
            if name not in CHOICES:
                raise ValueError(f"There is no {name}.")
            if CHOICES[name] is float:
                value = float(value or 0)
                if not 0 <= value <= 120:
                    raise ValueError(f"{name} is from 0 to 120.")
            elif value not in CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}.")
            setattr(self, name, value)


CHOICES = {
    'answer': ('normal', 'error', 'redirect'),
    'slow_seconds': float,
    'provisioning': ('normal', 'fail'),
}


@dataclass
class Panel:
    """One panel as the host sees it."""

    name: str = ''
    state: str = 'unknown'
    progress: int = 0
    paid_through: str = ''
    sequence: int = 0
    history: list = field(default_factory=list)

    def become(self, state):
        if state != self.state:
            self.state = state
            self.history.append(state)


class Platform:
    """The host.

    :param str secret: checks what it hears
    :param str key: API key with which it reports
    :param str billing: whom it reports to
    :param float pace: seconds between two steps of making a panel
    """

    def __init__(self, secret, key, billing, pace=2):
        self.secret, self.key, self.billing, self.pace = secret, key, billing.rstrip('/'), pace
        self.lock = threading.RLock()
        self.faults = Faults()
        self.panels = {}
        self.told = []
        self.seen = set()
        self.reports = []

    def hear(self, message_id, message):
        """Take a message that was verified; one that came before changes nothing."""
        data = message.get('data') or {}
        about = data.get('panel') or {}
        with self.lock:
            panel = self.panels.setdefault(about['id'], Panel()) if about.get('id') else None
            is_repeat = message_id in self.seen
            in_order = not panel or is_repeat or message['sequence'] > panel.sequence
            self.seen.add(message_id)
            self.told.append({
                'id': message_id, 'type': message['type'], 'panel': about.get('id'),
                'name': about.get('name'), 'sequence': message.get('sequence'),
                'says': _in_words(data), 'repeat': is_repeat, 'in_order': in_order,
                'time': f'{time.strftime("%H:%M:%S")}'})
            if panel and not is_repeat:
                panel.name = about.get('name', '')
                panel.sequence = max(panel.sequence, message['sequence'])
                self._act(about['id'], panel, message['type'], data, in_order)

    def _act(self, panel_id, panel, event, data, in_order):
        if event == 'panel.provision':
            panel.become('making')
            threading.Thread(target=self._provision, args=(panel_id, panel), daemon=True).start()
        elif not in_order:
            return  # sent again by a person: a later message has said better
        elif event == 'panel.state_changed':
            panel.become(STATES.get(data['to'], data['to']))
        elif event == 'panel.paid_through_changed':
            panel.paid_through = data['paid_through'] or ''

    def _provision(self, panel_id, panel):
        """Make a panel step by step, and report each."""
        if self.faults.provisioning == 'fail':
            self._report(panel_id, {'state': 'failed', 'message': "No room for this panel."})
            return
        for step in STEPS:
            time.sleep(self.pace)
            with self.lock:
                panel.progress = step['progress']
            if not self._report(panel_id, step):
                return

    def _report(self, panel_id, step):
        """Tell the billing how far a panel is; tried again while it does not answer.

        :return: whether it was taken
        """
        request = urllib.request.Request(
            f'{self.billing}/api/tenant/{panel_id}/provisioning', json.dumps(step).encode(),
            {'Content-Type': 'application/json', 'Authorization': f'Bearer {self.key}',
             'Idempotency-Key': str(uuid.uuid4())})
        status = None
        for _try in range(TRIES):
            status = _status_of(request)
            if isinstance(status, int) and status < 500 and status not in (409, 429):
                break
            time.sleep(1)
        with self.lock:
            self.reports.append({'panel': panel_id, **step, 'answer': status})
        return status in range(200, 300)

    def picture(self):
        """All that a test may want to know, without secrets."""
        with self.lock:
            return {
                'faults': asdict(self.faults),
                'panels': {number: asdict(panel) for number, panel in self.panels.items()},
                'told': list(self.told), 'reports': list(self.reports),
            }


def _status_of(request):
    """:return: the HTTP status of an answer, or why there is none"""
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return type(error).__name__


def _in_words(data):
    """A message's own part, for the page."""
    if 'to' in data:
        return f'{data["from"]} → {data["to"]}'
    if 'paid_through' in data:
        return f'paid through {data["paid_through"] or "nothing"}'
    if 'invoice' in data:
        invoice = data['invoice']
        return f'{invoice["number"]}, {invoice["amount"]} {invoice["currency"]}'
    return ''
