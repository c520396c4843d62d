"""One small way to break each rule about Stripe, and the tests that keep it."""

from mutation_list import Mutation

ADDON = 'tenant_billing_sslcommerz'
MESSAGE = 'models/stripe_message.py'
PROVIDER = 'models/stripe_provider.py'
PAYMENT = 'models/stripe_transaction.py'
REFUND = 'models/stripe_refund.py'
DISPUTE = 'models/tenant_stripe_dispute.py'
PANEL = 'models/stripe_panel.py'
SIGNED = ('test_stripe_signature.py',)
ATTACKS = ('test_stripe_attacks.py', 'test_stripe_guards.py')
BACK = ('test_stripe_refunds.py',)
DISPUTES = ('test_stripe_disputes.py',)
CATALOG = ('test_stripe_catalog.py',)
RENEWED = ('test_stripe_subscriptions.py',)
ROUTES = ('routes/test_stripe_routes.py',)

STRIPE = [Mutation(f'Stripe {name}', path, old, new, tests, ADDON)
          for name, path, old, new, tests in (
    ('signature: the future is believed', 'stripe_signature.py',
     "if int(times[0]) - time.time() > stripe_const.TOLERANCE:", "if False:", SIGNED),
    ('signature: a day is now', 'stripe_const.py', "TOLERANCE = 300", "TOLERANCE = 86400",
     SIGNED),
    ('signature: only the last one counts', 'stripe_signature.py',
     "*(f'v1={value}' for value in signatures)])", "f'v1={signatures[-1]}'])", SIGNED),
    ('provider: usable without a secret', PROVIDER,
     "if provider.state != 'disabled' and not (provider", "if False and not (provider", ATTACKS),
    ('provider: the stand-in takes live money', PROVIDER,
     "if self.state != 'test' or not url:", "if not url:", ATTACKS),
    ('provider: the stand-in may be elsewhere', PROVIDER,
     "if urlsplit(url).hostname not in const.LOOPBACK:", "if False:", ATTACKS),
    ('provider: any text is an id', PROVIDER,
     "if not all(stripe_acceptance.is_id(part) for part in parts[1:]):", "if False:", ATTACKS),
    ('provider: an endpoint\'s secret is logged', PROVIDER, "SENSITIVE_KEYS.add('secret')",
     "SENSITIVE_KEYS.add('')", ATTACKS),
    ('payment: the event is believed', PAYMENT,
     "        intent = self.provider_id._stripe_get(\n", "        intent = (lambda *_a, **_k: {\n"
     "            **self.provider_id._stripe_get(f'{kind}s', intent_id),\n"
     "            'status': 'succeeded', 'amount_received': self._stripe_minor(self.amount)})(\n",
     ATTACKS),
    ('payment: a wrong amount is right the second time', PAYMENT,
     "if verdict.kind == 'mismatch':", "if False:", ATTACKS),
    ('payment: a part is the whole', 'stripe_acceptance.py',
     "        figures.append('amount_received')\n", "        pass\n", ATTACKS),
    ('payment: any currency', 'stripe_acceptance.py', "        wrong.append('currency')\n",
     "        pass\n", ATTACKS),
    ('payment: the intent of another', PAYMENT,
     "        if verdict.kind == 'foreign':\n            _logger", "        if False:\n"
     "            _logger", ATTACKS),
    ('payment: another database', 'stripe_acceptance.py',
     "if database and database != expected.database:", "if False:", ATTACKS),
    ('payment: test money is live money', 'stripe_acceptance.py',
     "if isinstance(intent.get('livemode'), bool) and intent['livemode'] != expected.is_live:",
     "if False:", ATTACKS),
    ('payment: the order of failure and cancel decides', PAYMENT,
     "self._set_canceled(extra_allowed_states=('error',))", "pass", ATTACKS),
    ('payment: an unfinished one has failed', PAYMENT,
     "if intent.get('status') == stripe_const.UNTRIED and not intent.get('last_payment_error'):",
     "if False:", ATTACKS),
    ('message: any account signs for any company', PAYMENT,
     "own = [('provider_id', '=', provider.id), ", "own = [", ATTACKS),
    ('message: test events for live providers', MESSAGE, "                is_live != provider",
     "                False and is_live != provider", ATTACKS),
    ('message: secrets are kept', MESSAGE, "SECRET.search(name) and isinstance(value, str)",
     "False", ATTACKS),
    ('message: what failed is acknowledged', 'controllers/stripe.py', "later.\", 503",
     "later.\", 200", ROUTES),
    ('routes: core\'s address goes core\'s way', 'controllers/stripe.py',
     "        \"\"\"Core's address, which endpoints made before may still name.\"\"\"\n"
     "        return self._answer_event()", "        return super().stripe_webhook()", ROUTES),
    ('routes: anybody makes us ask', 'controllers/stripe.py',
     "if tx and stripe_acceptance.is_id(hint):", "if tx:", ROUTES),
    ('refund: more than came', REFUND,
     "if self.currency_id.compare_amounts(amount, self._refundable()) > 0:", "if False:", BACK),
    ('refund: what failed stays in the books', REFUND, "            self._stripe_unbook()\n",
     "            pass\n", BACK),
    ('refund: an event makes another', REFUND,
     "lambda tx: tx.provider_reference == refund['id'])", "lambda tx: False)", BACK),
    ('dispute: lost twice is booked twice', DISPUTE,
     "if dispute.state == OPEN and status in stripe_const.DISPUTE_LOST:",
     "if status in stripe_const.DISPUTE_LOST:", DISPUTES),
    ('dispute: the invoice stays paid', DISPUTE,
     "        tx._receivable(tx.payment_id.move_id).remove_move_reconcile()\n", "", DISPUTES),
    ('dispute: held though nobody wants it', DISPUTE, "if not is_wanted or self.hold_ids",
     "if self.hold_ids", DISPUTES),
    ('dispute: won and still held', DISPUTE,
     "        self.state = WON\n        self._lift_holds()\n", "        self.state = WON\n",
     DISPUTES),
    ('dispute: an inquiry holds', DISPUTE, " or self.status in stripe_const.DISPUTE_INQUIRY", "",
     DISPUTES),
    ('customer: a new one for each payment', 'models/tenant_stripe_customer.py',
     "if self.customer_ref and self.digest == digest:", "self.customer_ref = False\n"
     "        if False:", CATALOG),
    ('price: old prices stay on sale', 'models/tenant_stripe_price.py',
     "        (known - price).filtered('active')._put_on_sale(False)\n", "", CATALOG),
    ('price: no key against doing it twice', 'models/tenant_stripe_price.py',
     "options=self._once_key(provider, 'product', plan, params)", "options={}", CATALOG),
    ('subscription: booked for each event', PANEL, "        if tx:\n            return 'done'",
     "        if False:\n            return 'done'", RENEWED),
    ('subscription: of any customer', PANEL, "        if not customer:\n",
     "        if False:\n", RENEWED),
    ('subscription: an unpaid invoice renews', PANEL, "if invoice.get('status') != PAID:",
     "if False:", RENEWED),
)]
