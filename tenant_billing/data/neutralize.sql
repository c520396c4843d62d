-- a copy of a database tells no host what happens in it
UPDATE tenant_webhook_endpoint SET active = FALSE;
