"""The guards of the attack list in the payment addon's README that no other list breaks."""

from mutation_list import Mutation

ADDON = 'tenant_billing_sslcommerz'
INBOX = 'models/gateway_message.py'
ATTACKS = ('routes/test_attack_list.py',)
STRIPE = ('test_stripe_attacks.py',)
ROUTES = ('routes/test_stripe_routes.py',)
RACES = '../../tests/chaos/'

ATTACK = [Mutation(f'Attack {name}', path, old, new, tests, ADDON)
          for name, path, old, new, tests in (
    ('1: forged forms are kept', INBOX, "if not providers._sslcommerz_is_signed(form):",
     "if False:", ATTACKS),
    ('1: a provider without password', 'models/payment_provider.py',
     "string=\"Store Password\", required_if_provider=const.CODE,", "string=\"Store Password\",",
     ATTACKS),
    ('2: the same message is another one', INBOX, "hashlib.sha256(text.encode()).hexdigest(),",
     "__import__('uuid').uuid4().hex,", ATTACKS),
    ('8: a visit is a message', 'controllers/main.py', "if request.httprequest.method == 'POST':",
     "if True:", ATTACKS),
    ('10: several ask the gateway', 'models/payment_transaction.py',
     "WHERE id = %s FOR NO KEY UPDATE\"", "WHERE id = %s\"", (f'{RACES}test_gateway_races.py',)),
    ('15: any text is an id', 'models/payment_transaction_answers.py',
     "if status in const.PAID and acceptance.VAL_ID.fullmatch(val_id):",
     "if status in const.PAID:", ATTACKS),
    ('16: the browser goes where it was told to', 'controllers/main.py',
     "        return request.redirect(const.STATUS_ROUTE)",
     "        return request.redirect(\n            request.httprequest.args.get('next') or "
     "const.STATUS_ROUTE, local=False)", ATTACKS),
    ('17: any text is a reference', INBOX, "if not acceptance.REFERENCE.fullmatch(reference) or",
     "if", ATTACKS),
    ('20: floods are read', 'controllers/main.py', ", 'max_content_length': const.BODY_LIMIT,",
     ",", ATTACKS),
    ('at Stripe 2: the same event is another one', 'models/stripe_message.py',
     "'kind': 'event', 'key': event['id'],",
     "'kind': 'event', 'key': event['id'] + __import__('uuid').uuid4().hex,", STRIPE),
    ('at Stripe 10: several ask', 'models/stripe_transaction.py',
     "WHERE id = %s FOR NO KEY UPDATE\"", "WHERE id = %s\"", (f'{RACES}test_stripe_races.py',)),
    ('at Stripe 16: the browser goes where it was told to', 'controllers/stripe.py',
     "        return request.redirect(stripe_const.STATUS_ROUTE)",
     "        return request.redirect(\n            _ignored.get('landing_route') or "
     "stripe_const.STATUS_ROUTE, local=False)", ROUTES),
    ('at Stripe 17: any text is a reference', 'controllers/stripe.py',
     "if reference and reference.isprintable():", "if reference:", ROUTES),
    ('at Stripe 20: floods are read', 'controllers/stripe.py',
     "**{**CALLBACK, 'max_content_length': stripe_const.BODY_LIMIT})",
     "**{**CALLBACK, 'max_content_length': None})", ROUTES),
)]
