-- A copy of a database sends no text messages.
UPDATE res_company SET tenant_sms_sender = NULL;
