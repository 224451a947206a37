CREATE TABLE `walks` (
	`name` text PRIMARY KEY NOT NULL,
	`after` text NOT NULL
);
--> statement-breakpoint
DROP INDEX `audit_log_at`;--> statement-breakpoint
DROP INDEX `deliveries_ended`;--> statement-breakpoint
DROP INDEX `deliveries_app`;--> statement-breakpoint
DROP INDEX `deliveries_app_status`;--> statement-breakpoint
DROP INDEX `deliveries_app_endpoint`;--> statement-breakpoint
DROP INDEX `deliveries_due`;--> statement-breakpoint
DROP INDEX `deliveries_leased`;--> statement-breakpoint
DROP INDEX `deliveries_endpoint`;--> statement-breakpoint
CREATE INDEX `deliveries_ended_late` ON `deliveries` (`finished_at`) WHERE status <> 'pending' and finished_at > created_at + 86400000;--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`endpoint_id`,`next_attempt_at`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_leased` ON `deliveries` (`endpoint_id`) WHERE lease_token is not null;--> statement-breakpoint
CREATE INDEX `deliveries_endpoint` ON `deliveries` (`endpoint_id`,`status`,`created_at`,`id`);--> statement-breakpoint
DROP INDEX `delivery_attempts_at`;--> statement-breakpoint
DROP INDEX `events_type`;--> statement-breakpoint
DROP INDEX `events_kept`;--> statement-breakpoint
DROP INDEX `events_payment`;--> statement-breakpoint
CREATE INDEX `events_payment` ON `events` (`payment_id`,`payment_sequence`) WHERE payment_id is not null;--> statement-breakpoint
DROP INDEX `payments_app`;--> statement-breakpoint
DROP INDEX `payments_order`;--> statement-breakpoint
DROP INDEX `payments_app_product`;--> statement-breakpoint
DROP INDEX `payments_app_customer`;--> statement-breakpoint
DROP INDEX `payments_app_external`;--> statement-breakpoint
DROP INDEX `payments_subscription`;--> statement-breakpoint
DROP INDEX `payments_address`;--> statement-breakpoint
CREATE UNIQUE INDEX `payments_order` ON `payments` (`mode`,`order_id`) WHERE order_id is not null;--> statement-breakpoint
CREATE INDEX `payments_app_product` ON `payments` (`app_id`,`product_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_customer` ON `payments` (`app_id`,`customer_id`,`created_at`,`id`) WHERE customer_id is not null;--> statement-breakpoint
CREATE INDEX `payments_app_external` ON `payments` (`app_id`,`external_customer_id`) WHERE external_customer_id is not null;--> statement-breakpoint
CREATE INDEX `payments_subscription` ON `payments` (`mode`,`subscription_id`) WHERE subscription_id is not null;--> statement-breakpoint
CREATE INDEX `payments_address` ON `payments` (`mode`,lower(customer_email)) WHERE customer_id is null and customer_email is not null;--> statement-breakpoint
DROP INDEX `polar_events_received`;--> statement-breakpoint
DROP INDEX `polar_events_sealed`;--> statement-breakpoint
DROP INDEX `polar_events_checkouts`;--> statement-breakpoint
DROP INDEX `polar_events_customer`;--> statement-breakpoint
DROP INDEX `polar_events_checkout`;--> statement-breakpoint
CREATE INDEX `polar_events_customer` ON `polar_events` (`mode`,`customer_id`) WHERE sealed_body is not null and customer_id is not '';--> statement-breakpoint
CREATE INDEX `polar_events_checkout` ON `polar_events` (`mode`,`checkout_id`) WHERE sealed_body is not null and checkout_id is not null and type >= 'checkout.' and type < 'checkout/';--> statement-breakpoint
DROP INDEX `grants_order`;--> statement-breakpoint
DROP INDEX `grants_subscription`;--> statement-breakpoint
CREATE INDEX `grants_order` ON `grants` (`mode`,`order_id`) WHERE order_id is not null;--> statement-breakpoint
CREATE INDEX `grants_subscription` ON `grants` (`mode`,`subscription_id`) WHERE subscription_id is not null;--> statement-breakpoint
DROP INDEX `orders_subscription`;--> statement-breakpoint
CREATE INDEX `orders_subscription` ON `orders` (`mode`,`subscription_id`,`paid_at`) WHERE subscription_id is not null;--> statement-breakpoint
DROP INDEX `snapshots_customer`;--> statement-breakpoint
CREATE INDEX `snapshots_customer` ON `snapshots` (`mode`,`customer_id`,`kind`) WHERE customer_id is not null;