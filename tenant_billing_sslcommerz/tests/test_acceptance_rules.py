from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from odoo.tests import BaseCase

from odoo.addons.tenant_billing_sslcommerz import acceptance
from odoo.addons.tenant_billing_sslcommerz.acceptance import Expected, Unreachable, judge

OURS = Expected('P260101-ABC', Decimal('1150.00'), 'BDT', 'store', ('stamp', 'database'))
GOOD = {
    'APIConnect': 'DONE', 'status': 'VALID', 'val_id': 'v1', 'tran_id': 'P260101-ABC',
    'currency_type': 'BDT', 'currency_amount': '1150.00', 'currency': 'BDT', 'amount': '1150.00',
    'store_id': 'store', 'value_a': 'stamp', 'value_b': 'database', 'bank_tran_id': 'b1',
    'risk_level': '0', 'risk_title': 'Safe',
}


class TestAcceptanceRules(BaseCase):
    """Paid only if every rule holds."""

    def judged(self, expected=OURS, **changes):
        answer = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
        return judge(answer, 'v1', expected).kind

    def test_paid(self):
        self.assertEqual(self.judged(), 'paid')
        for changes in (
            {'status': 'VALIDATED'}, {'currency_amount': '1150', 'amount': '1150.0'},
            {'store_id': None}, {'risk_level': 0}, {'amount': Decimal('1150.00')},
            {'currency_amount': 1150},
        ):
            with self.subTest(changes):
                self.assertEqual(self.judged(**changes), 'paid')

    def test_each_rule_broken_alone(self):
        for kind, changes in (
            ('refused', {'status': 'INVALID_TRANSACTION'}),
            ('refused', {'status': 'FAILED'}),
            ('refused', {'status': 'valid'}),
            ('refused', {'status': None}),
            ('pending', {'status': 'PENDING'}),
            ('refused', {'val_id': 'v2'}),
            ('refused', {'val_id': None}),
            ('refused', {'tran_id': 'P260101-ABD'}),
            ('refused', {'tran_id': None}),
            ('refused', {'store_id': 'other'}),
            ('refused', {'value_a': 'other'}),
            ('refused', {'value_a': None}),
            ('refused', {'value_b': 'other'}),
            ('refused', {'value_b': ''}),
            ('mismatch', {'currency_type': 'USD'}),
            ('mismatch', {'currency_type': None}),
            ('mismatch', {'currency_amount': '1149.99'}),
            ('mismatch', {'currency_amount': '1150.01'}),
            ('mismatch', {'currency_amount': None}),
            ('mismatch', {'currency': 'USD'}),
            ('mismatch', {'amount': '1149.50'}),
            ('mismatch', {'amount': ''}),
            ('held', {'risk_level': '1'}),
            ('held', {'risk_level': None}),
        ):
            with self.subTest(changes):
                self.assertEqual(self.judged(**changes), kind)

    def test_what_only_looks_like_an_amount(self):
        for value in ('nan', 'inf', '1_150', ' 1150', '১১৫০', '1150.00\n', '+1150', '1.15e3',
                      '-1150', '1150,00', '1150.', True, ['1150.00'], {'a': 1}):
            with self.subTest(value):
                self.assertEqual(self.judged(currency_amount=value), 'mismatch')

    def test_no_use_of_an_answer_that_is_not_done(self):
        for value in ('FAILED', 'INVALID_REQUEST', 'INACTIVE', 'done', '', None):
            with self.subTest(value), self.assertRaises(Unreachable):
                self.judged(APIConnect=value)
        for answer in (None, [], 'DONE'):
            with self.subTest(answer), self.assertRaises(Unreachable):
                judge(answer, 'v1', OURS)

    def test_settlement_of_another_currency_is_not_compared(self):
        dollars = OURS._replace(currency='USD', amount=Decimal('10.00'))
        paid = {'currency_type': 'USD', 'currency_amount': '10', 'amount': '1200.00'}
        self.assertEqual(self.judged(dollars, **paid), 'paid')
        self.assertEqual(self.judged(dollars, **{**paid, 'currency_amount': '1200'}), 'mismatch')

    def test_risk_that_a_person_accepted(self):
        accepted = OURS._replace(is_risk_accepted=True)
        self.assertEqual(self.judged(accepted, risk_level='1'), 'paid')
        self.assertEqual(self.judged(accepted, risk_level='1', amount='1'), 'mismatch')

    def found(self, *elements, **answer):
        return acceptance.find_payment(
            {'APIConnect': 'DONE', 'element': list(elements), **answer}, OURS.reference)

    def test_query_finds_the_attempt_that_was_paid(self):
        paid = {'status': 'VALID', 'val_id': 'v1', 'tran_id': OURS.reference}
        failed = {'status': 'FAILED', 'error': "No money"}
        for elements in ([paid], [failed, paid], [paid, failed], [{**paid, 'tran_id': ''}],
                         [{**paid, 'status': 'VALIDATED'}, {'status': 'PENDING'}]):
            with self.subTest(elements):
                self.assertEqual(self.found(*elements), (('paid', ''), 'v1'))
        self.assertEqual(acceptance.find_payment(
            {'APIConnect': 'DONE', **paid}, OURS.reference)[1], 'v1')

    def test_query_without_payment(self):
        self.assertEqual(self.found()[0].kind, 'unknown')
        self.assertEqual(self.found({'status': 'FAILED', 'error': "No money"})[0],
                         ('failed', "No money"))
        self.assertEqual(self.found({'status': 'CANCELLED'})[0].kind, 'cancelled')
        self.assertEqual(
            self.found({'status': 'FAILED'}, {'status': 'PENDING'})[0].kind, 'pending')
        for element in ({'status': 'EXPIRED'}, {'status': 'UNATTEMPTED'}, {'status': 'NEW'}, {},
                        'VALID', None, {'status': 'VALID'}, {'status': 'VALID', 'val_id': '../x'},
                        {'status': 'VALID', 'val_id': 'v1', 'tran_id': 'another'}):
            with self.subTest(element):
                self.assertEqual(self.found(element), (('unknown', ''), ''))

    def test_what_became_of_a_refund(self):
        done = {'APIConnect': 'DONE', 'bank_tran_id': 'b1'}
        for answer, verdict in (
            ({'status': 'success', 'refund_ref_id': 'r1'}, (('accepted', ''), 'r1')),
            ({'status': 'processing', 'refund_ref_id': 'r1'}, (('accepted', ''), 'r1')),
            ({'status': 'success'}, (('unknown', ''), '')),
            ({'status': 'refunded', 'refund_ref_id': 'r1'}, (('unknown', ''), '')),
            ({'status': 'failed', 'errorReason': "No"}, (('refund_refused', "No"), '')),
        ):
            with self.subTest(answer):
                self.assertEqual(
                    acceptance.judge_refund_request({**done, **answer}, 'b1'), verdict)
        for status, kind in (('refunded', 'refunded'), ('cancelled', 'refund_cancelled'),
                             ('processing', 'unknown'), ('success', 'unknown'), ('', 'unknown')):
            with self.subTest(status):
                self.assertEqual(
                    acceptance.judge_refund({**done, 'status': status}, 'b1').kind, kind)
        for answer in ({**done, 'bank_tran_id': 'b2'}, {'status': 'refunded'}):
            with self.subTest(answer), self.assertRaises(Unreachable):
                acceptance.judge_refund(answer, 'b1')

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(list(GOOD)) | st.text(), inner)))
    def test_whatever_is_answered_is_no_error(self, answer):
        for read in (lambda: judge(answer, 'v1', OURS),
                     lambda: acceptance.find_payment(answer, OURS.reference),
                     lambda: acceptance.judge_refund_request(answer, 'b1'),
                     lambda: acceptance.judge_refund(answer, 'b1')):
            try:
                read()
            except Unreachable:
                continue
