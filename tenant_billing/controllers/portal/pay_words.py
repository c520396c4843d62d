"""What the tenant reads about a payment."""


def of_nothing(panel):
    """Why there is nothing to press now."""
    if panel._is_confirming():
        return panel.env._("We are confirming your payment.")
    if panel._payable():
        return panel.env._("Nothing is due now.")
    return panel.env._("Nothing is open: it is paid already.")


def without_ways(panel, payer, total):
    """Why what is open cannot be paid here."""
    providers = panel._pay_providers(payer)
    if providers and not any(p._tenant_charge(total, panel.currency_id) for p in providers):
        return providers._tenant_too_little(panel.currency_id)
    return panel.env._(
        "No way to pay online is set up for %s. Contact us, please.", panel.company_id.name)


def when_unreachable(provider):
    return provider.env._(
        "%s could not be reached. Nothing was taken. Try again or choose another way.",
        provider.name)


def when_settled(panel):
    """After a payment that is in the books."""
    if panel.open_hold_ids:
        return panel.env._("Payment received. Thank you. Paying does not lift the stop.")
    if panel.state == 'closed':
        return panel.env._("Payment received. Thank you. The panel stays closed.")
    if panel._payable():
        return panel.env._(
            "Payment received. Thank you. %s is still due.",
            panel.currency_id._text(panel.amount_due))
    return panel.env._("Renewed. Thank you.")


def after(panel, tx):
    """What became of a payment.

    :return: tuple of level, as Bootstrap names alerts, and sentence; of None where there is none
    """
    if not tx:
        return None, None
    if tx._is_on_its_way() or tx.state == 'pending':
        return 'info', panel.env._("We are confirming your payment.")
    return {
        'done': ('success', when_settled(panel)),
        'error': ('danger', panel.env._(
            "The payment did not go through. Nothing was taken. "
            "Try again or choose another way.")),
        'cancel': ('warning', panel.env._("Payment cancelled. The amount is still due.")),
    }.get(tx.state, (None, None))
