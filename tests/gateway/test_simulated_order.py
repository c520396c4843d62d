import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged
from odoo.tools import mute_logger

from .simulated_case import SimulatedCase

EXAMPLES = 60 if os.environ.get('TENANT_BILLING_SOAK') else 12
LOGGER = 'odoo.addons.tenant_billing_sslcommerz.models.gateway_message'
STEPS = st.lists(st.one_of(
    st.tuples(st.just('press'), st.sampled_from(('pay', 'fail', 'cancel'))),
    st.tuples(st.sampled_from(('hear', 'return', 'forge')), st.integers(0, 9)),
    st.tuples(st.sampled_from(('ask', 'work', 'book')), st.just(0)),
), max_size=12)


@tagged('post_install', '-at_install')
class TestSimulatedOrder(SimulatedCase):
    """Messages in any order, again and again, forged and replayed."""

    @mute_logger(LOGGER)
    def test_any_order(self):
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(STEPS)
        def try_one(steps):
            tx, forms, was_done = self.start(), [], False
            for step, what in steps:
                self._do(tx, forms, step, what)
                self.assertGreaterEqual(tx.state == 'done', was_done, "a success was undone")
                was_done = tx.state == 'done'
                self.assertLessEqual(was_done, self.is_paid(tx), "done without money")
            self.run_round()
            if self.is_paid(tx):
                self.assertPaidOnce(tx)
            else:
                self.assertIn(tx.state, ('draft', 'cancel', 'error'))
                self.assertFalse(tx.invoice_ids.matched_payment_ids)

        try_one()

    def is_paid(self, tx):
        return self.sandbox.sessions[tx.sslcommerz_session_key].is_paid

    def _do(self, tx, forms, step, what):
        if step == 'press' and not self.is_paid(tx):
            forms.append(self.press(tx, what))
        elif step in ('hear', 'return') and forms:
            kind = 'ipn' if step == 'hear' else 'return'
            self.hear_form(forms[what % len(forms)], kind=kind)
        elif step == 'forge':
            self.assertFalse(self.hear_form(self.sign(self.facts(tx), 'guess')))
        elif step in ('ask', 'work', 'book'):
            getattr(self, step)()
