from odoo import models

# What the tenant reads of the audit trail: icon and colour of each event that concerns it.
TOLD = {
    'order': ('shopping-cart', 'blue'),
    'activate': ('check-circle', 'green'),
    'adopt': ('check-circle', 'green'),
    'fail': ('times-circle', 'red'),
    'retry': ('cog', 'blue'),
    'overdue': ('exclamation-triangle', 'amber'),
    'suspend': ('pause-circle', 'red'),
    'recover': ('check-circle', 'green'),
    'recover_late': ('check-circle', 'amber'),
    'hold': ('pause-circle', 'red'),
    'lift': ('check-circle', 'green'),
    'confirm_trial': ('check-circle', 'green'),
    'upgrade': ('arrow-up', 'blue'),
    'grant': ('calendar-check-o', 'green'),
    'defer': ('clock-o', 'blue'),
    'cancel': ('calendar-times-o', 'grey'),
    'resume': ('calendar-check-o', 'green'),
    'switch': ('exchange', 'blue'),
    'issue': ('file-text-o', 'blue'),
    'settle': ('check-circle', 'green'),
    'unsettle': ('reply', 'amber'),
    'dead': ('reply', 'grey'),
    'close': ('archive', 'grey'),
}


class TenantBillingEvent(models.Model):
    _inherit = 'tenant.billing.event'

    def _told(self):
        """These events as their tenant reads them: no word that operators keep to themselves.

        :return: list of dicts of date, icon, color, title and text
        """
        titles = self._told_titles()
        rows = []
        for event in self:
            icon, color = TOLD[event.event]
            rows.append({
                'date': event.date,
                'icon': icon,
                'color': color,
                'title': event._told_title(titles),
                'text': event._told_text(),
            })
        return rows

    def _told_title(self, titles):
        if self.event == 'settle' and (self.facts or {}).get('how'):
            return self.env._("New period, nothing to pay")
        return titles[self.event]

    def _told_text(self):
        """The facts that concern the tenant; the reason only where it was written for it."""
        facts = self.facts or {}
        if self.event == 'hold':
            return facts.get('reason') or ""
        if self.event == 'grant':
            return self.env._("%s days", facts.get('days'))
        names = ('invoice', 'plan', 'days')
        text = " · ".join(str(facts[name]) for name in names if facts.get(name))
        return text[:1].upper() + text[1:]

    def _told_titles(self):
        return {
            'order': self.env._("Ordered"),
            'activate': self.env._("Panel started"),
            'adopt': self.env._("Panel brought here"),
            'fail': self.env._("Panel creation failed"),
            'retry': self.env._("Creation tried again"),
            'overdue': self.env._("Payment overdue"),
            'suspend': self.env._("Panel stopped"),
            'recover': self.env._("Panel running again"),
            'recover_late': self.env._("Panel running again, payment overdue"),
            'hold': self.env._("Panel suspended"),
            'lift': self.env._("Suspension lifted"),
            'confirm_trial': self.env._("Continued after the trial"),
            'upgrade': self.env._("Upgrade ordered"),
            'grant': self.env._("Free days given"),
            'defer': self.env._("More time to pay"),
            'cancel': self.env._("Cancelled at period end"),
            'resume': self.env._("Cancellation withdrawn"),
            'switch': self.env._("Plan or price changed"),
            'issue': self.env._("Invoice issued"),
            'settle': self.env._("Paid"),
            'unsettle': self.env._("Payment taken back"),
            'dead': self.env._("Invoice closed without payment"),
            'close': self.env._("Panel closed"),
        }
