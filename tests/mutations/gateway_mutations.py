"""One small way to break each rule of the payment provider, and the tests that keep it."""

from mutation_list import Mutation

ADDON = 'tenant_billing_sslcommerz'
PROVIDER = 'models/payment_provider.py'
SESSION = 'models/payment_transaction.py'
ANSWERS = 'models/payment_transaction_answers.py'
INBOX = 'models/gateway_message.py'
VECTORS = ('test_signature_vectors.py',)
RULES = ('test_acceptance_rules.py',)
PAGE = ('test_payment_session.py',)
PAID = ('test_payment_answers.py',)
KEPT = ('test_gateway_messages.py',)
ROUTES = ('routes/test_callback_routes.py',)
ATTACKS = ('routes/test_attack_list.py',)
REFUND = 'models/payment_transaction_refund.py'
REFUNDS = ('test_refund_requests.py',)
SETUP = 'models/payment_provider_setup.py'
CHECK = ('test_connection_check.py',)
ANY = 'models/collection/payment_transaction_guards.py'
WORDS = ('collection/test_gateway_words.py',)
BACK = 'models/collection/payment_transaction_refund.py'
BOOKED = ('collection/test_refunds.py',)

GATEWAY = [Mutation(name, path, old, new, tests, ADDON) for name, path, old, new, tests in (
    ('signature: the SHA-256 is not looked at', 'signature.py',
     "return not sha2 or _same(sha2, digest(fields, password, hashlib.sha256))", "return True",
     VECTORS),
    ('signature: a short list of keys is enough', 'signature.py',
     "return bool(form['verify_sign']) and all(name in fields for name in needed)",
     "return bool(form['verify_sign'])", VECTORS),
    ('signature: nothing is trimmed', 'signature.py', "text.rstrip('&').encode()",
     "text.encode()", VECTORS),
    ('signature: a store without password signs', 'signature.py',
     "return bool(password) and _is_complete(form)", "return _is_complete(form)", VECTORS),
    ('acceptance: the settled amount is not compared', 'acceptance.py',
     "        amounts.append('amount')\n", "", RULES),
    ('acceptance: a paisa less is enough', 'acceptance.py',
     "if amount(answer, name) != expected.amount]",
     "if abs((amount(answer, name) or 0) - expected.amount) > 1]", RULES),
    ('acceptance: any currency', 'acceptance.py', "needed = {'currency_type': expected.currency}",
     "needed = {}", RULES),
    ('acceptance: any reference', 'acceptance.py', "'tran_id': expected.reference,", "", RULES),
    ('acceptance: any stamp', 'acceptance.py', "'value_a': expected.stamps[0], ", "", RULES),
    ('acceptance: risk is money', 'acceptance.py',
     "if text(answer, 'risk_level') != '0' and not expected.is_risk_accepted:", "if False:",
     RULES),
    ('acceptance: any answer is done', 'acceptance.py', "if text(answer, 'APIConnect') != 'DONE':",
     "if False:", RULES),
    ('page: any host', PROVIDER, "(page.hostname or '').endswith(const.PAGE_HOST))", "True)",
     PAGE),
    ('page: live money goes to the simulator', PROVIDER,
     "if self.state != 'test' or not url:", "if not url:", PAGE),
    ('page: the simulator may be elsewhere', PROVIDER,
     "if urlsplit(url).hostname not in const.LOOPBACK:", "if False:", PAGE),
    ('page: redirections are followed', PROVIDER, "allow_redirects=False", "allow_redirects=True",
     PAGE),
    ('page: references can be guessed', SESSION, "for _place in range(20))",
     "for _place in range(1))", PAGE),
    ('log: addresses are told', PROVIDER, "logging.getLogger('urllib3.connectionpool').addFilter(",
     "bool(", ('test_secrets_in_log.py',)),
    ('paid: what is done is asked for again', SESSION, "return self.state not in FINISHED",
     "return True", PAID),
    ('paid: not after a cancel', ANSWERS, "self._set_done(extra_allowed_states=('cancel',))",
     "self._set_done()", PAID),
    ('paid: with the money of another payment', ANSWERS,
     "if verdict.kind in VALIDATED and self._sslcommerz_is_used(answer):", "if False:", PAID),
    ('paid: a cancel is believed at once', ANSWERS,
     "        verdict, answer = self._sslcommerz_query()\n        if verdict",
     "        verdict, answer = Verdict('unknown'), {}\n        if verdict", PAID),
    ('paid: data of anybody count', ANSWERS,
     "if not isinstance(verdict, Verdict) or self.state in ('authorized', 'done'):",
     "verdict = verdict or Verdict('paid')\n        if False:", PAID),
    ('paid: nothing is booked at once', ANSWERS,
     "self.env.ref('payment.cron_post_process_payment_tx')._trigger()", "pass", PAID),
    ('paid: an old payment is never cancelled', ANSWERS,
     "if self.state in ('draft', 'pending') and is_over:", "if False:", PAID),
    ('inbox: the work undoes the message', INBOX,
     "        with self.env.registry.cursor() as cr:\n"
     "            message_id = self.with_env(self.env(cr=cr, su=True))._keep(kind, form, address)",
     "        message_id = self.sudo()._keep(kind, form, address)", KEPT),
    ('inbox: secrets are kept', INBOX, "json.dumps(_masked(signed),", "json.dumps(dict(signed),",
     KEPT),
    ('inbox: anybody works again', INBOX,
     "if not self.env.user.has_group('tenant_billing.group_manager'):", "if False:", KEPT),
    ('inbox: tried for ever', INBOX, "is_over = self.attempts >= TRIES", "is_over = False", KEPT),
    ('inbox: any store of ours signs', INBOX,
     "providers = tx.provider_id or self.env['payment.provider']._sslcommerz_for_store(store_id)",
     "providers = self.env['payment.provider']._sslcommerz_for_store(store_id)", KEPT),
    ('routes: the address counts too', 'controllers/main.py',
     "dict(request.httprequest.form.lists())", "dict(request.httprequest.values.lists())",
     ROUTES),
    ('routes: a name may come twice', 'controllers/main.py', "if len(values) == 1}", "}", ROUTES),
    ('routes: names become arguments', 'controllers/main.py', "self.request.params = args",
     "self.request.params = dict(self.request.get_http_params(), **args)", ROUTES),
    ('routes: what failed is acknowledged', 'controllers/main.py', "later.\", 503",
     "later.\", 200", ROUTES),
    ('refund: asked twice for one payment', REFUND,
     "lambda tx: tx.operation == 'refund' and tx.state in ('draft', 'pending')):",
     "lambda tx: False):", REFUNDS),
    ('refund: another id each time', REFUND, "'refund_trans_id': self.reference,",
     "'refund_trans_id': self._compute_reference(const.CODE, prefix='R-'),", REFUNDS),
    ('refund: accepted is paid back', REFUND,
     "if verdict.kind not in ('accepted', 'unknown'):",
     "verdict = Verdict('refunded') if verdict.kind == 'accepted' else verdict\n"
     "        if verdict.kind != 'unknown':", REFUNDS),
    ('refund: in the currency of the payment', REFUND,
     "'sslcommerz_amount': paid._sslcommerz_settled_part(-self.amount),",
     "'sslcommerz_amount': -self.amount,", REFUNDS),
    ('refund: in the other mode', REFUND, "if paid.is_live != self.is_live:", "if False:",
     REFUNDS),
    ('refund: held money pays an invoice', REFUND,
     "        self.invoice_ids = False  # it pays nothing; the tenant may pay anew\n", "",
     ('test_held_payments.py',)),
    ('refund: any answer is about ours', 'acceptance.py',
     "if text(answer, 'bank_tran_id') not in ('', bank_tran_id):", "if False:", REFUNDS),
    ('refund: not confirmed in another currency', 'wizards/payment_refund_wizard.py',
     "if self.sslcommerz_note and not self.sslcommerz_is_confirmed:", "if False:", REFUNDS),
    ('fee: not kept', ANSWERS,
     "float(acceptance.amount(answer, 'store_amount') or 0),", "0.0,", PAID),
    ('set-up: anybody posts', INBOX,
     "if kind == 'ipn' and not providers._sslcommerz_allows(address):", "if False:", CHECK),
    ('set-up: any answer is a good one', SETUP,
     "}.get(said, self.env._(\"SSLCommerz gave no usable answer (%s).\", said[:30] or \"-\"))",
     "}.get(said, \"\")", CHECK),
    ('set-up: the page offers everything', SESSION, "if self.provider_id.sslcommerz_gateways:",
     "if False:", CHECK),
    ('refund: a message moves it', INBOX, "\n             ('operation', '!=', 'refund')])", "])",
     REFUNDS),
)] + [Mutation(name, path, old, new, tests) for name, path, old, new, tests in (
    ('gateways: the second delivery is not compared', ANY,
     "if is_over or tx._refuses_amount(payment_data):", "if is_over:", WORDS),
    ('gateways: one payment settles two', ANY, "self -= self._refuse_used_money()", "pass", WORDS),
    ('gateways: a finished reference is overwritten', ANY, "if not fixed:", "if True:", WORDS),
    ('gateways: no success after a cancel', ANY,
     "(*allowed_states, 'cancel'), target_state, state_message)",
     "allowed_states, target_state, state_message)", WORDS),
    ('gateways: more goes back than came', BACK,
     "self.currency_id.compare_amounts(amount, left) <= 0)", "True)", WORDS),
    ('gateways: refunded before it is booked', BACK, "if not self.is_post_processed:", "if False:",
     WORDS),
    ('R39 no credit note for what was paid back', BACK,
     "if not asked.reconciled and self.tenant_refund_reason:", "if False:", BOOKED),
    ('R39 a reason counts for all later refunds', BACK,
     "        self.tenant_refund_reason = False\n", "", BOOKED),
    ('R39 the oldest invoice is credited first', BACK,
     "lambda d: (d.due_date, d.direction == 'advance', d.id), reverse=True)",
     "lambda d: (d.due_date, d.direction == 'advance', d.id))", BOOKED),
    ('R41 usage is credited before the fee', BACK,
     "(d.due_date, d.direction == 'advance', d.id)", "(d.due_date, d.id)", BOOKED),
)]
