-- A copy of a database tells no host what happens in it, and cannot sign as if it were the original.
UPDATE tenant_webhook_endpoint
   SET active = FALSE,
       secret = 'whsec_' || encode(sha256((random()::text || clock_timestamp())::bytea), 'base64'),
       previous_secret = NULL,
       previous_until = NULL;
-- It sends no text messages, and does not know the gateway's keys.
UPDATE res_company
   SET tenant_sms_sender = NULL,
       tenant_sms_url = NULL,
       tenant_sms_headers = NULL,
       tenant_sms_body = NULL;
