from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError

RUNNING = 'running'  # what it becomes is read from the holds and the money state
HELD = frozenset({'active', 'grace', 'suspended'})
LIVE = HELD | {'creating', 'failed'}


class Move(NamedTuple):
    """One allowed move: where it may start, where it leads, and which field it moves."""

    sources: frozenset
    target: str | None  # None: the panel stays in its state, the event is recorded
    field: str = 'state'


MOVES = {
    'order': Move(frozenset({'creating'}), None),
    'created': Move(frozenset({'creating'}), None),
    'activate': Move(frozenset({'creating'}), RUNNING),
    'adopt': Move(frozenset({'creating'}), RUNNING),
    'fail': Move(frozenset({'creating'}), 'failed'),
    'retry': Move(frozenset({'failed'}), 'creating'),
    'overdue': Move(frozenset({'active'}), 'grace', 'money_state'),
    'suspend': Move(frozenset({'active', 'grace'}), 'suspended', 'money_state'),
    'recover': Move(frozenset({'grace', 'suspended'}), 'active', 'money_state'),
    'recover_late': Move(frozenset({'suspended'}), 'grace', 'money_state'),
    'hold': Move(HELD, RUNNING),
    'lift': Move(HELD, RUNNING),
    'confirm_trial': Move(HELD, None),
    'upgrade': Move(HELD, None),
    'grant': Move(HELD, None),
    'ungrant': Move(HELD, None),
    'defer': Move(LIVE, None),
    'cancel': Move(HELD, None),
    'resume': Move(HELD, None),
    'switch': Move(HELD, None),
    'issue': Move(LIVE | {'closed'}, None),
    'settle': Move(LIVE | {'closed'}, None),
    'unsettle': Move(LIVE | {'closed'}, None),
    'dead': Move(LIVE | {'closed'}, None),
    'restart': Move(HELD, None),
    'close': Move(LIVE, 'closed'),
}
# What is written often and says nothing new to a reader of the chatter.
QUIET = frozenset({'issue', 'settle'})


class TenantPanelLifecycle(models.AbstractModel):
    """The one door through which a panel changes its state."""

    _name = 'tenant.panel.lifecycle'
    _description = "Panel Lifecycle"

    def _apply(self, event, **facts):
        """Move panels by one row of the table of allowed moves.

        A panel that stands at the target already is left alone, so that repeats do no harm.

        :param str event: a key of MOVES
        :param facts: what happened; facts named as a field of the panel are written to it
        :return: the panels that moved
        :raise UserError: when a panel may not make this move from where it stands
        """
        return self._apply_each(event, dict.fromkeys(self, facts))

    def _apply_each(self, event, facts):
        """The same with facts of its own for each panel.

        :param dict facts: what happened to each of the panels
        """
        self.check_access('write')
        move = MOVES[event]
        panels = self.sudo().filtered(lambda panel: panel._must_move(event, move))
        before = {panel: panel.state for panel in panels}
        for panel in panels:
            panel._write_facts(move, facts[panel])
        panels._show_state(move)
        panels._remember(event, before, facts)
        return panels.sudo(self.env.su)

    def _write_facts(self, move, facts):
        written = {key: value for key, value in facts.items() if key in self._fields}
        if move.target and move.target != RUNNING:
            written[move.field] = move.target
        if written:
            self.write(written)

    def _must_move(self, event, move):
        """Whether the move is to be made; raises when it is not allowed."""
        self.ensure_one()
        current = self[move.field]
        if move.field == 'money_state' and self.state not in HELD:
            current = self.state
        if current in move.sources:
            return True
        if move.target == current or (move.target == RUNNING and self.state in HELD):
            return False
        states = dict(self._fields['state']._description_selection(self.env))
        raise UserError(self.env._(
            "%(panel)s is %(state)s, so \"%(event)s\" is not possible.",
            panel=self.display_name, state=states[current].lower(), event=self._event_name(event)))

    def _show_state(self, move):
        """What people see: a hold first, else the money state."""
        if not move.target or move.field == 'state' and move.target != RUNNING:
            if move.target:
                self.suspension_category = False
            return
        for panel in self:
            hold = panel._shown_hold()
            if hold:
                panel.write({'state': 'suspended', 'suspension_category': hold.category})
            else:
                stopped = panel.money_state == 'suspended'
                panel.write({
                    'state': panel.money_state,
                    'suspension_category': panel.money_category if stopped else False,
                })

    def _remember(self, event, before, facts):
        """Audit trail and chatter, both without mail."""
        self.env['tenant.billing.event']._record([
            {
                'panel_id': panel.id,
                'company_id': panel.company_id.id,
                'event': event,
                'date': panel._today(),
                'state_from': before[panel],
                'state_to': panel.state,
                'facts': facts[panel],
            }
            for panel in self
        ])
        if event not in QUIET and self:
            self._message_log_batch(bodies={
                panel.id: panel._sentence(event, before[panel], facts[panel]) for panel in self})

    def _sentence(self, event, before, facts):
        states = dict(self._fields['state']._description_selection(self.env))
        parts = [self._event_name(event)]
        if before != self.state:
            parts.append(f'{states[before]} → {states[self.state]}')
        if facts.get('reason'):
            parts.append(facts['reason'])
        return " · ".join(parts)

    def _event_name(self, event):
        names = {
            'order': self.env._("Ordered"),
            'created': self.env._("Marked created"),
            'activate': self.env._("Activated"),
            'adopt': self.env._("Adopted"),
            'fail': self.env._("Marked failed"),
            'retry': self.env._("Try again"),
            'overdue': self.env._("Payment overdue"),
            'suspend': self.env._("Stopped"),
            'recover': self.env._("Running again"),
            'recover_late': self.env._("Running again, payment overdue"),
            'hold': self.env._("Hold"),
            'lift': self.env._("Hold lifted"),
            'confirm_trial': self.env._("Trial confirmed"),
            'upgrade': self.env._("Upgrade ordered"),
            'grant': self.env._("Days granted"),
            'ungrant': self.env._("Granted days taken back"),
            'defer': self.env._("Payment deferred"),
            'cancel': self.env._("Cancelled at period end"),
            'resume': self.env._("Cancellation withdrawn"),
            'switch': self.env._("Plan version changed"),
            'issue': self.env._("Period issued"),
            'settle': self.env._("Period settled"),
            'unsettle': self.env._("Settlement taken back"),
            'dead': self.env._("Demand closed without payment"),
            'restart': self.env._("Periods moved after the stop"),
            'close': self.env._("Closed"),
        }
        return names[event]
