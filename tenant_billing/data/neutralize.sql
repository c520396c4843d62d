-- a copy of a database tells no host what happens in it
UPDATE tenant_webhook_endpoint SET active = FALSE;
-- A copy of a database sends no text messages.
UPDATE res_company SET tenant_sms_sender = NULL;
