-- a copy of the database must not reach the store
UPDATE payment_provider
   SET sslcommerz_store_id = NULL,
       sslcommerz_store_password = NULL;
