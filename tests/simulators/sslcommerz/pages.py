"""The pages that a browser sees: payment, return to the shop, control."""

from html import escape

from .sandbox import METHODS

LAYOUT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ font: 16px/1.5 system-ui, sans-serif; color: #1c2733; background: #eef2f6; }}
body {{ margin: 0; padding: 1.5rem 1rem; }}
main {{ max-width: 26rem; margin: 0 auto; background: #fff; border-radius: .75rem;
        padding: 1.5rem; box-shadow: 0 1px 4px #0003; }}
h1 {{ font-size: 1.25rem; margin: 0 0 1rem; }}
p.note {{ color: #4a5868; font-size: .875rem; }}
dl {{ display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0 0 1.25rem; }}
dt {{ color: #4a5868; }} dd {{ margin: 0; text-align: right; overflow-wrap: anywhere; }}
dd.amount {{ font-size: 1.5rem; font-weight: 700; }}
fieldset {{ border: 1px solid #c3ccd6; border-radius: .5rem; margin: 0 0 1.25rem; }}
label {{ display: block; padding: .375rem 0; }}
input:not([type=checkbox]):not([type=radio]), select {{ font: inherit; width: 100%;
  box-sizing: border-box; padding: .375rem; }}
button {{ font: inherit; font-weight: 600; width: 100%; padding: .75rem; margin: 0 0 .5rem;
  border-radius: .5rem; border: 1px solid #1f5aa6; cursor: pointer; background: #fff;
  color: #1f5aa6; }}
button.main {{ background: #1f5aa6; color: #fff; }}
:focus-visible {{ outline: 3px solid #f2a900; outline-offset: 2px; }}
</style></head><body><main>{body}</main></body></html>"""


def page(title, body):
    return LAYOUT.format(title=escape(title), body=body)


def payment(session, shop):
    """The hosted payment page."""
    asked = session.asked
    if session.is_paid:
        return page("Paid", f'<h1>This payment is done</h1><p>{escape(shop)} got the money.</p>')
    options = ''.join(
        f'<label><input type="radio" name="method" value="{method}"'
        f'{" checked" if method == "bkash" else ""}> {escape(name)}</label>'
        for method, (_type, _number, name) in METHODS.items())
    amount = f'{asked["total_amount"]} {asked["currency"]}'
    return page(f"Pay {amount} to {shop}", f"""
<h1>Pay {escape(shop)}</h1>
<dl><dt>Amount</dt><dd class="amount" id="amount">{escape(amount)}</dd>
<dt>For</dt><dd>{escape(asked['product_name'])}</dd>
<dt>Reference</dt><dd>{escape(asked['tran_id'])}</dd>
<dt>Customer</dt><dd>{escape(asked['cus_name'])}</dd></dl>
<form method="post" action="/EasyCheckOut/testcde{session.key.lower()}/act">
<fieldset><legend>Pay with</legend>{options}</fieldset>
<button class="main" name="action" value="pay">Pay {escape(amount)}</button>
<button name="action" value="fail">Fail</button>
<button name="action" value="cancel">Cancel</button>
</form><p class="note">A simulator: no money moves.</p>""")


def back(address, form):
    """The page that posts the outcome to the shop, by itself where there is JavaScript."""
    inputs = ''.join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.items())
    return page("Back to the shop", f"""
<h1>Going back to the shop</h1>
<form method="post" action="{escape(address)}">{inputs}
<button class="main">Continue</button></form>
<script>document.forms[0].submit()</script>""")


def control(sandbox):
    """The simulator's own page: what it is to do wrong."""
    faults = sandbox.faults

    def choice(name, label, values):
        options = ''.join(
            f'<option{" selected" if getattr(faults, name) == value else ""}>{value}</option>'
            for value in values)
        return f'<label>{label}<select name="{name}">{options}</select></label>'

    def number(name, label):
        return (f'<label>{label}<input type="number" min="0" step="any" name="{name}" '
                f'value="{getattr(faults, name)}"></label>')

    def tick(name, label):
        checked = " checked" if getattr(faults, name) else ""
        return f'<label><input type="checkbox" name="{name}" value="1"{checked}> {label}</label>'

    rows = ''.join(
        f'<li>{escape(session.asked["tran_id"])}: '
        f'{escape(", ".join(a["status"] for a in session.attempts) or "open")}</li>'
        for session in list(sandbox.sessions.values()))
    return page("SSLCommerz simulator", f"""
<h1>SSLCommerz simulator</h1>
<form method="post" action="/control"><input type="hidden" name="page" value="1">
<fieldset><legend>Faults</legend>
{choice('ipn', "IPN", ('normal', 'none', 'late', 'duplicate'))}
{number('late_seconds', "Late by seconds")}
{tick('wrong_amount', "One less arrives than was asked for")}
{tick('risk', "Risky payment")}
{tick('bad_signature', "Wrong signature")}
{number('slow_seconds', "Slow answers: seconds")}
{tick('error', "Answers with HTTP 500")}
{tick('garbage', "Answers that nobody can read")}
{choice('where', "These three at", ('all', 'session', 'validation', 'query', 'refund'))}
{choice('refund', "Refunds", ('normal', 'refused', 'cancelled', 'stuck', 'unanswered'))}
</fieldset>
<button class="main">Misbehave like this</button>
<button name="deliver" value="1">Send late IPNs now</button></form>
<h2>Sessions</h2><ul>{rows}</ul>""")
