from odoo import fields, models

# What waits for the tenant comes first; a panel that is not named here comes last.
RANKS = {'suspended': 0, 'grace': 1, 'due': 2}
AT_REST = 3
WAITING = ('billing', 'trial', 'abuse')
ICONS = {
    'creating': 'cog',
    'active': 'check-circle',
    'grace': 'exclamation-triangle',
    'suspended': 'pause-circle',
    'abuse': 'ban',
    'failed': 'times-circle',
    'closed': 'archive',
    'confirming': 'refresh',
}


class TenantPanel(models.Model):
    """The portal's card: the status of a panel in the words, icons and buttons of a page."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS: one card === #

    def _cards(self, facts=None):
        """What the cards of these panels show, for the templates of the portal.

        :param dict facts: what `_status_facts` has read, if it is known already
        :return: list of dicts, in the order of the panels
        """
        facts = facts or self._status_facts()
        return [panel._card(facts[panel]) for panel in self]

    def _card(self, facts):
        self.ensure_one()
        status = self._status_of(facts)
        value, label = self._card_fact(status, facts)
        return dict(
            status=status,
            id=self.id,
            name=self.name,
            url=f'/my/panels/{self.id}',
            plan=self._card_plan(),
            key=self._card_key(facts),
            pill=self._card_pill(status, facts),
            edge=self._card_edge(status, facts),
            bar=self._card_bar(status, facts),
            is_strong=status['color'] in ('amber', 'red') and not self._is_held(),
            more=self._card_more(facts),
            amount=self._amount_text(facts),
            pay=self._card_pay(facts),
            value=value,
            label=label,
            button=self._card_button(status, facts),
        )

    def _card_key(self, facts):
        return 'confirming' if facts.pending else self.state

    def _card_pill(self, status, facts):
        key = self._card_key(facts)
        is_abuse = key == 'suspended' and self.suspension_category == 'abuse'
        words = dict(self._fields['state']._description_selection(self.env))
        return {
            'word': words.get(key) or self.env._("Confirming"),
            'icon': ICONS['abuse' if is_abuse else key],
            'color': status['color'],
            'turns': key in ('creating', 'confirming'),
        }

    def _card_edge(self, status, facts):
        if facts.pending:
            return ''
        if self.state in ('suspended', 'failed'):
            return 'red'
        return 'amber' if self._rank(facts) < AT_REST else ''

    def _card_bar(self, status, facts):
        if status['progress'] is None:
            return None
        percent = status['progress']
        if facts.pending:
            label = self.env._("Payment being confirmed")
        elif self.state == 'creating':
            label = self.env._("%s percent set up", percent)
        elif self.state == 'active':
            label = self.env._("%s percent of the period has passed", percent)
        else:
            label = self.env._("The paid period is over")
        is_told = self.state in ('creating', 'active') and not facts.pending
        return {
            'percent': percent, 'label': label, 'is_striped': facts.pending,
            'told': f'{percent} %' if is_told else ""}

    def _card_plan(self):
        plan = self.plan_version_id.plan_id.name or ""
        if self.is_free:
            return plan
        return f'{plan} · {self.plan_version_id.cycle_id.name.lower()}'

    def _card_more(self, facts):
        """A second sentence, where the first leaves a question open."""
        if self.state == 'failed' and not facts.pending:
            return self.env._("Our team has been told. What you paid is kept for you.")
        return ""

    def _card_button(self, status, facts):
        if facts.pending:
            return {'kind': 'wait', 'word': self.env._("Confirming…"), 'icon': '', 'url': ''}
        kind = status['action']['kind']
        urls = {
            'manage': f'/my/panels/{self.id}',
            'pay': f'/billing/{self.id}/pay',
            'contact': self._contact_url(),
        }
        words = {
            'manage': (self.env._("Manage"), 'sliders'),
            'pay': (self._pay_word(), 'credit-card'),
            'contact': (self.env._("Contact us"), 'envelope-o'),
        }
        if kind not in words:
            return None
        word, icon = words[kind]
        return {'kind': kind, 'word': word, 'icon': icon, 'url': urls[kind]}

    def _card_pay(self, facts):
        """Every Pay of a panel is the same action with the same amount."""
        if not self._can_pay(facts):
            return None
        return {
            'url': f'/billing/{self.id}/pay', 'word': self._pay_word(),
            'amount': self._price_text(facts)}

    def _pay_word(self):
        running = self.state in ('creating', 'active', 'closed')
        return self.env._("Pay now") if running else self.env._("Pay to Renew")

    # === BUSINESS METHODS: the fact at the foot of a card === #

    def _card_fact(self, status, facts):
        """A value and the words under it."""
        if facts.pending:
            stopped = self.state == 'suspended'
            return self._amount_text(facts), (
                self.env._("Starts again by itself") if stopped
                else self.env._("Nothing else to do"))
        if self._is_held():
            return "", self._held_text()
        if status['action']['kind'] == 'pay':
            return self._price_text(facts), self._due_text(facts)
        if self.state in ('active', 'grace'):
            return self._days_text(status['days_left'], facts), self._until_text(facts)
        return "", self._rest_text(facts)

    def _held_text(self):
        since = self.env._("Since %s", self._day_text(self._shown_hold().date_from))
        if self.suspension_category == 'abuse':
            return since + "\n" + self.env._("Paying does not lift this.")
        return since

    def _due_text(self, facts):
        if not facts.demands:
            return self.env._("Your trial has ended")
        due = facts.demands[0].due_date
        if due < facts.today:
            return self.env._("Due since %s", self._day_text(due))
        return self.env._("Due on %s", self._day_text(due))

    def _days_text(self, days, facts):
        if days is None:
            return ""
        if days == 0:
            return self.env._("Renews tomorrow") if self._is_free_of_charge(facts) else (
                self.env._("Last day today"))
        return self.env._("1 day left") if days == 1 else self.env._("%s days left", days)

    def _is_free_of_charge(self, facts):
        return self.is_free and not facts.demands and not self.service_end

    def _until_text(self, facts):
        if self._is_free_of_charge(facts):
            return self.env._("Renews by itself, nothing to pay")
        if self.service_end:
            return self.env._("Cancelled, ends on %s", self._day_text(self._last_served_day()))
        if facts.period.kind == 'trial' and not self.trial_confirmed_on:
            return self.env._("Trial until %s", self._day_text(self.paid_through))
        if self.stop_after and (not self.paid_through or self.stop_after > self.paid_through):
            return self.env._("To be paid by %s", self._day_text(self.stop_after))
        if self.paid_through:
            return self.env._("Paid through %s", self._day_text(self.paid_through))
        return ""

    def _rest_text(self, facts):
        if self.state == 'creating':
            ready = self.env._("The first day counts from when your panel is ready.")
            return f'{self.env._("Paid.")} {ready}' if facts.period.settled else ready
        if self.state == 'closed' and self.closed_on:
            return self.env._("Closed on %s", self._day_text(self.closed_on))
        if self.state == 'suspended':
            return self.env._("Nothing is open. Ask us to start it again.")
        return ""

    # === BUSINESS METHODS: all cards together === #

    def _rank(self, facts):
        """How urgently a panel waits for its tenant; the smallest comes first."""
        asks = self._can_pay(facts) and self.state != 'closed'
        return RANKS.get(self.state, RANKS['due'] if asks else AT_REST)

    def _waits(self, facts):
        """Whether a panel waits for its tenant."""
        if facts.pending:
            return False
        if self.state == 'suspended':
            return self.suspension_category in WAITING
        return self.state in ('grace', 'failed') or bool(facts.demands)

    def _overview(self, facts):
        """The head of the list: how many panels wait, and what is due in all.

        :return: dict of count, waiting, due_count and due (a text for each currency)
        """
        totals = {}
        for panel in self:
            for demand in facts[panel].demands:
                totals[demand.currency] = totals.get(demand.currency, 0) + demand.amount
        return {
            'count': len(self),
            'waiting': sum(panel._waits(facts[panel]) for panel in self),
            'due_count': sum(bool(facts[panel].demands) for panel in self),
            'due': [self._currency_text(total, currency) for currency, total in totals.items()],
        }

    # === HELPERS === #

    def _last_served_day(self):
        return fields.Date.subtract(self.service_end, days=1)

    def _price_text(self, facts):
        """What Pay charges; at a trial's end the price of the period that it first issues."""
        return self._amount_text(facts) if facts.demands else self._next_price_text()

    def _next_price_text(self):
        return self._currency_text(self._next_amount(), self.currency_id)

    def _amount_text(self, facts):
        return self._currency_text(facts.amount, facts.currency)

    def _currency_text(self, amount, currency):
        """An amount as people read it, also of a currency of which only the facts were read."""
        return self.env['res.currency']._text_in(currency, amount)
