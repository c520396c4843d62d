"""Percentage: of each event's value, with a fixed part, at least and at most so much per event."""

from odoo.addons.tenant_billing.engine.charge_models.base import ChargeModel, Step, check_price
from odoo.addons.tenant_billing.engine.exact import fraction, text


class Percentage(ChargeModel):
    code = 'percentage'
    per_event = True

    def __init__(self, percent, fixed=0, minimum=None, maximum=None):
        """:param minimum: of one event with its fixed part (R29c); None without; so `maximum`"""
        self.percent, self.fixed = fraction(percent), fraction(fixed)
        self.minimum = None if minimum is None else fraction(minimum)
        self.maximum = None if maximum is None else fraction(maximum)

    def validate(self):
        check_price(self.percent, "percentage")
        check_price(self.fixed, "fixed part")
        for number, what in ((self.minimum, "minimum"), (self.maximum, "maximum")):
            if number is not None:
                check_price(number, what)
        if None not in (self.minimum, self.maximum) and self.maximum < self.minimum:
            raise ValueError(
                f"The maximum of an event, {text(self.maximum)}, cannot be lower than its "
                f"minimum, {text(self.minimum)}.")

    def steps(self, quantity):
        step = Step(quantity, self.percent, fraction(100), self.fixed)
        if self.minimum is not None and step.amount < self.minimum:
            return [step, Step(flat=self.minimum - step.amount, kind='minimum')]
        if self.maximum is not None and step.amount > self.maximum:
            return [step, Step(flat=self.maximum - step.amount, kind='maximum')]
        return [step]
