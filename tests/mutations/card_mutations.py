"""Small ways to break saved cards and Razorpay, and the tests that notice."""

from mutation_list import COLLECTION, Mutation

ATTEMPT = COLLECTION + 'tenant_payment_attempt.py'
PANEL = COLLECTION + 'tenant_panel_saved_card.py'
TOKEN = COLLECTION + 'payment_token.py'
SAVING = COLLECTION + 'payment_transaction_cards.py'
RAZORPAY = COLLECTION + 'payment_transaction_razorpay.py'
CARDS = ('collection/test_saved_cards.py',)
RACES = ('../../tests/chaos/test_card_races.py',)
PAGES = ('portal/test_portal_cards.py',)
HOOKS = ('../../tests/gateway/test_razorpay.py',)

CARD = [Mutation(f'Cards: {name}', path, old, new, tests) for name, path, old, new, tests in (
    ('charged at issue', PANEL, "d._is_due() and not d.attempt_ids", "not d.attempt_ids", CARDS),
    ('a fee is charged before usage that was deferred', PANEL,
     "lambda d, moves=waiting.move_id: d.move_id not in moves", "lambda d: True",
     ('collection/test_paying_parts.py',)),
    ('what is not due passes the door', PANEL,
     "demand._is_payable() and demand._is_due() and", "demand._is_payable() and", CARDS),
    ('charged before the hour', PANEL, ".hour >= panel.company_id.tenant_charge_hour",
     ".hour >= 0", CARDS),
    ('the hour is the server\'s', PANEL, "now.astimezone(zone).hour", "now.hour", CARDS),
    ('held panels are charged', PANEL, "and not self.open_hold_ids", "", CARDS),
    ('stopped panels are charged', PANEL, "CHARGED = ('active', 'grace')",
     "CHARGED = ('active', 'grace', 'suspended')", CARDS),
    ('charged beside a payment under way', PANEL,
     "and not any(tx._blocks_charge() for tx in payments)", "", CARDS),
    ('charged beside money that is not booked', SAVING,
     "or (self.state == 'done' and not self.is_post_processed)", "", CARDS),
    ('charged in part', PANEL, "token.provider_id._tenant_charge(total, self.currency_id), total)",
     "total, total)", CARDS),
    ('a neighbour\'s card', TOKEN,
     "if not self.active or owner.commercial_partner_id != (\n"
     "                panel.partner_id.commercial_partner_id):",
     "if not self.active:", CARDS),
    ('hidden providers', TOKEN, "provider.is_published and", "", CARDS),
    ('chosen for test money', TOKEN, "and (provider.state == 'enabled'", "and (True", CARDS),
    ('a removed card stays chosen', TOKEN,
     "        self._paid_panels()._pay_with(self.browse())\n", "", CARDS),
    ('not looked at again', ATTEMPT, "if not charge._is_still_right():", "if False:", CARDS),
    ('the amount is not looked at again', ATTEMPT,
     "            and not tx.currency_id.compare_amounts(tx.amount, asked)\n", "", CARDS),
    ('sent before it is marked', ATTEMPT,
     "        self.env['ir.cron']._commit_progress()\n        try:", "        try:", CARDS),
    ('sent by whoever comes', ATTEMPT, "        if self.state != 'claimed':\n            return\n",
     "", RACES),
    ('silence is a refusal', ATTEMPT,
     "if tx.tenant_unanswered and tx.state == 'error':", "if False:", CARDS),
    ('nobody looks at silence', ATTEMPT, "            tx._ask_about(", "            str(", CARDS),
    ('a withdrawn claim is used up', ATTEMPT, "        self.sudo().unlink()\n", "", CARDS),
    ('a confirmation is told as a refusal', COLLECTION + 'tenant_panel_messages.py',
     "'confirm' if payment.tenant_needs_payer else 'failed'", "'failed'", CARDS),
    ('any provider saves cards', SAVING, "if self.provider_id not in offered or", "if", PAGES),
    ('saved in another company', SAVING, "for company in self.env.user.company_ids",
     "for company in self.provider_id.company_id", PAGES),
    ('Razorpay\'s return is believed', RAZORPAY,
     "if payment.get('description') != self.reference:", "if False:", HOOKS),
    ('Razorpay\'s return is not looked up', RAZORPAY,
     "if provider_code != CODE or", "if True or", HOOKS),
)]
