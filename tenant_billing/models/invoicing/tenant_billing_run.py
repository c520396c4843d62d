import logging

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

_logger = logging.getLogger(__name__)

SLICE = 100  # one journal is one number lock until commit
TRIES = 3
# another was there at the same time: look again
AT_ONCE = (SerializationFailure, DeadlockDetected, LockNotAvailable)


class TenantBillingRun(models.AbstractModel):
    """Scheduled work over many records: batch first, then one by one, never raising."""

    _name = 'tenant.billing.run'
    _description = "Billing Run"

    @api.model
    def _process(self):
        """Issue every renewal that is due, and usage that waits for none. Run again at once, it
        does nothing."""
        panels = self.env['tenant.panel']
        self._run_batches(panels._name, panels._domain_due(), lambda some: some._renew())
        self._run_batches(
            panels._name, panels._domain_usage_due(), lambda some: some._bill_usage())

    @api.model
    def _run_batches(self, model, domain, step):
        """Do a step on all records of a domain, slice by slice, each slice committed.

        What a slice cannot do is tried record by record; a record that fails is set aside with
        its error and the rest goes on.

        :param str model: its records have `_set_aside(error)`
        :param domain: which records
        :param step: called with a recordset; must do nothing to a record that needs nothing
        """
        cron = self.env['ir.cron']
        records = self.env[model].with_context(active_test=False)
        time_left = cron._commit_progress(remaining=records.search_count(domain))
        last_id = 0
        while time_left > 0:
            batch = records.search(
                Domain(domain) & Domain('id', '>', last_id), order='id', limit=SLICE)
            if not batch:
                break
            last_id = batch[-1].id
            count = len(batch)
            if not self._try_slice(batch, step):
                for record in batch.exists():
                    self._try_one(record, step)
            time_left = cron._commit_progress(count)

    @api.model
    def _run_each(self, model, domain, step):
        """Do a step on each record of a domain, every one in a transaction of its own: for steps
        that wait for somebody else.

        :param str model: its records have `_set_aside(error)`
        :param domain: which records
        :param step: called with one record
        """
        cron = self.env['ir.cron']
        records = self.env[model].search(domain, order='id')
        time_left = cron._commit_progress(remaining=len(records))
        for record in records:
            if time_left <= 0:
                break
            self._try_one(record, step)
            time_left = cron._commit_progress(1)

    @api.model
    def _try_slice(self, batch, step):
        """Whether the whole slice could be done."""
        for _attempt in range(TRIES):
            try:
                step(batch)
                self.env.flush_all()
                return True
            except AT_ONCE:
                self._start_anew()
            except Exception:  # noqa: BLE001 one by one; the bad one is set aside there (law 9)
                self._start_anew()
                return False
        return False

    @api.model
    def _try_one(self, record, step):
        for _attempt in range(TRIES):
            try:
                step(record)
                self.env['ir.cron']._commit_progress()
                return
            except AT_ONCE:
                self._start_anew()
            except Exception as error:  # noqa: BLE001 one bad record never stops a run (law 9)
                self._start_anew()
                self._set_aside(record, error)
                return

    @api.model
    def _set_aside(self, record, error):
        expected = isinstance(error, (UserError, ValidationError))
        if not expected:
            _logger.exception("Billing set %s aside", record, exc_info=error)
        record._set_aside(str(error) if expected else f'{type(error).__name__}: {error}')
        self.env['ir.cron']._commit_progress()

    @api.model
    def _start_anew(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
