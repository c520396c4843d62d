"""The gateway's journal beside our books, in the same words."""

from collections import Counter
from decimal import Decimal


def of_gateway(journal):
    """What moved at the gateway: (the bank's id, our reference, amount in BDT, out is negative),
    and how often.

    :param journal: rows as the simulator's `ledger`
    """
    return Counter(
        (row['bank_tran_id'], row['tran_id'],
         Decimal(row['settled']) * (1 if row['kind'] == 'capture' else -1)) for row in journal)


def of_books(provider):
    """The same of the payments of a provider of ours; each must be in BDT."""
    payments = provider.env['account.payment'].search([
        ('payment_transaction_id.provider_id', '=', provider.id),
        ('state', 'in', ('in_process', 'paid'))])
    found = Counter()
    for payment in payments:
        tx = payment.payment_transaction_id
        paid = tx.source_transaction_id or tx
        sign = 1 if payment.payment_type == 'inbound' else -1
        assert payment.currency_id.name == 'BDT', payment.currency_id.name
        found[paid.sslcommerz_bank_tran_id, tx.reference,
              Decimal(f'{payment.amount * sign:.2f}')] += 1
    return found
