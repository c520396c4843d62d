from decimal import Decimal
from fractions import Fraction

from odoo import fields, models

MILLION = 1_000_000
PLACES = 8  # of a number that decimals cannot say


class TenantPanel(models.Model):
    """Why an amount of usage is what it is, as tenants read it on a panel's page."""

    _inherit = 'tenant.panel'

    # === BUSINESS METHODS === #

    def _page_why(self, why, version):
        """An explanation that rating gave, as a table.

        :param list why: as `tenant.rated.line` keeps it
        :param version: the plan version whose prices these are
        :return: dict of rows and a note; None where there is nothing to explain
        """
        if not why:
            return None
        spans = {(part['from'], part['to']) for part in why}
        rows = [row for part in why for row in self._why_rows(part, len(spans) > 1)]
        if len(rows) > 1:
            rows.append(self._why_row(
                self.env._("Together"), self._why_counted(why), "",
                sum(Decimal(part['amount']) for part in why), is_sum=True))
        return {
            'rows': rows,
            'note': self.env._(
                "Prices: %(version)s. Days as in %(zone)s.",
                version=version.display_name, zone=self._usage_zone()),
        }

    # === HELPERS: rows === #

    def _why_rows(self, part, with_days):
        """The rows of one part: what a row of the rate card or an adjustment comes to."""
        if part['kind'] != 'usage':
            yield from self._why_adjustment(part)
            return
        what = self._why_group(part, with_days)
        steps, included = part.get('steps', ()), Fraction(part.get('included') or 0)
        measured, rounded = part.get('measured'), part.get('rounded')
        if len(steps) == 1 and not included and measured == rounded:
            yield self._why_step(steps[0], part['amount'], what)
            return
        if what and (len(steps) > 1 or included):
            yield self._why_row(what, is_head=True)
        if measured != rounded:
            yield self._why_row(self.env._("Measured"), measured)
            yield self._why_row(self.env._("Rounded"), rounded)
        if included:
            yield self._why_row(
                self.env._("up to %s", self._exact_text(included)), part['included_used'],
                self.env._("included"), 0)
        elif not steps:
            yield self._why_row(what or self.env._("Used"), part.get('quantity'), "",
                                part['amount'])
        for step in steps:
            yield self._why_step(step, step['amount'], more=bool(included))

    def _why_adjustment(self, part):
        """Discount, minimum and maximum, of a charge or of the whole plan."""
        kind, days = part['kind'], part['days']
        if 'cost' in part:
            yield self._why_row(
                self.env._("Fee and usage of the period"), amount=part['cost'])
        words = {
            'discount': self.env._("Discount %s %%", self._exact_text(part.get('discount'))),
            'minimum': self.env._("Up to the minimum for %s days", days),
            'maximum': self.env._("Above the maximum for %s days", days),
            'true_up': self.env._("Up to the plan's minimum for %s days", days),
            'cap': self.env._("Above the plan's maximum for %s days", days),
        }
        limit = part.get('minimum') if kind in ('minimum', 'true_up') else part.get('maximum')
        yield self._why_row(
            words[kind], "", "" if limit is None or kind == 'discount'
            else self._plain_money(Fraction(limit)), part['amount'])

    def _why_step(self, step, amount, what="", more=False):
        """A step of a price: a tier, a bracket, or all at one price."""
        lower, upper = step.get('lower'), step.get('upper')
        words = {name: self._exact_text(step.get(name) or 0) for name in ('lower', 'upper')}
        if 'count' in step:
            if lower is None:
                bounds = "" if what else self.env._("Each event at its own price")
            elif upper is None:
                bounds = self.env._("%(lower)s and more", **words)
            else:
                bounds = self.env._("%(lower)s to below %(upper)s", **words)
            if step['kind'] == 'reversed':
                bounds = f'{bounds} {self.env._("(taken back)")}'
        elif lower is None:
            bounds = "" if what else self.env._("above that") if more else self.env._("All")
        elif upper is None:
            bounds = self.env._("over %s", words['lower'])
        elif Fraction(lower):
            bounds = self.env._("over %(lower)s to %(upper)s", **words)
        else:
            bounds = self.env._("up to %s", words['upper'])
        if more and lower is not None:
            bounds = self.env._("%s more", bounds)
        label = ' · '.join(filter(None, (what, bounds.strip())))
        quantity = step['count'] if 'count' in step else step.get('quantity')
        return self._why_row(label, quantity, self._why_price(step), amount)

    def _why_price(self, step):
        unit_price, flat = Fraction(step.get('unit_price') or 0), Fraction(step.get('flat') or 0)
        words = []
        if unit_price:
            price, per = self._exact_text(unit_price), Fraction(step['per'])
            words.append(price if per == 1 else self.env._(
                "%(price)s per %(units)s", price=price, units=self._units_text(per)))
        if flat:
            words.append(self._exact_text(flat))
        return ' + '.join(words)

    def _why_row(self, what, quantity="", price="", amount=None, *, is_head=False, is_sum=False):
        return {
            'what': what,
            'quantity': self._exact_text(quantity) if quantity not in ("", None) else "",
            'price': price,
            'amount': "" if amount is None else self._plain_money(Fraction(amount)),
            'is_head': is_head,
            'is_sum': is_sum,
        }

    # === HELPERS === #

    def _units_text(self, per):
        """For how many a price is: "1,000", "million"."""
        text = self._quantity_text(_number(per))
        return self.env._("million") if per == MILLION else text

    def _why_group(self, part, with_days):
        words = [value for value in part.get('dimensions', ()) if value]
        if with_days:
            first, last = map(fields.Date.to_date, (part['from'], part['to']))
            words.append(self._days_range(first, last))
        return ' · '.join(words)

    def _why_counted(self, why):
        """What was counted in all; nothing where parts have no quantity."""
        counted = [part['quantity'] for part in why if 'quantity' in part]
        return sum(map(Fraction, counted)) if counted else ""

    def _exact_text(self, number):
        """A number with all its places, cut where it has no end."""
        return self._trimmed(_number(number), PLACES)


def _number(number):
    number = Fraction(number or 0)
    return Decimal(number.numerator) / Decimal(number.denominator)
