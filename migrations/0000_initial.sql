CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`kind` text NOT NULL,
	`hash` text NOT NULL,
	`hint` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	`revoked_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_app` ON `api_keys` (`app_id`);--> statement-breakpoint
CREATE TABLE `app_customers` (
	`app_id` text NOT NULL,
	`external_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `external_id`, `customer_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `app_customers_customer` ON `app_customers` (`customer_id`,`app_id`);--> statement-breakpoint
CREATE TABLE `apps` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`product` text NOT NULL,
	`mode` text NOT NULL,
	`name` text NOT NULL,
	`origins` text NOT NULL,
	`callback_urls` text NOT NULL,
	`owns_unclaimed` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `apps_slug` ON `apps` (`slug`);--> statement-breakpoint
CREATE UNIQUE INDEX `apps_product_mode` ON `apps` (`product`,`mode`);--> statement-breakpoint
CREATE UNIQUE INDEX `apps_owns_unclaimed` ON `apps` (`mode`) WHERE owns_unclaimed = 1;--> statement-breakpoint
CREATE INDEX `apps_mode` ON `apps` (`mode`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`app_id` text,
	`target` text,
	`detail` text
);
--> statement-breakpoint
CREATE INDEX `audit_log_at` ON `audit_log` (`at`);--> statement-breakpoint
CREATE INDEX `audit_log_app` ON `audit_log` (`app_id`,`at`);--> statement-breakpoint
CREATE TABLE `benefits` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`type` text NOT NULL,
	`description` text NOT NULL,
	`is_deleted` integer NOT NULL,
	`metadata` text NOT NULL,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`)
);
--> statement-breakpoint
CREATE TABLE `codes` (
	`hash` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`payment_id` text NOT NULL,
	`callback_url` text NOT NULL,
	`challenge` text,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `codes_expires` ON `codes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `customers` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`email` text,
	`name` text,
	`deleted_at` integer,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`)
);
--> statement-breakpoint
CREATE INDEX `customers_email` ON `customers` (`mode`,`email`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`fact_id` text NOT NULL,
	`endpoint_id` text NOT NULL,
	`app_id` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`lease_token` text,
	`lease_until` integer NOT NULL,
	`last_status` integer,
	`created_at` integer NOT NULL,
	`finished_at` integer,
	FOREIGN KEY (`fact_id`) REFERENCES `facts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`endpoint_id`) REFERENCES `endpoints`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_fact_endpoint` ON `deliveries` (`fact_id`,`endpoint_id`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`endpoint_id`,`next_attempt_at`,`lease_until`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_endpoint` ON `deliveries` (`endpoint_id`,`status`,`created_at`);--> statement-breakpoint
CREATE INDEX `deliveries_app` ON `deliveries` (`app_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_app_status` ON `deliveries` (`app_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_app_endpoint` ON `deliveries` (`app_id`,`endpoint_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `delivery_attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`delivery_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`at` integer NOT NULL,
	`status` integer,
	`error` text,
	`latency_ms` integer NOT NULL,
	`response` text,
	FOREIGN KEY (`delivery_id`) REFERENCES `deliveries`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `delivery_attempts_delivery` ON `delivery_attempts` (`delivery_id`,`attempt`);--> statement-breakpoint
CREATE TABLE `endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`events` text NOT NULL,
	`sealed_secret` text NOT NULL,
	`enabled` integer NOT NULL,
	`failures` integer NOT NULL,
	`failing_since` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `endpoints_app` ON `endpoints` (`app_id`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`webhook_id` text NOT NULL,
	`type` text NOT NULL,
	`occurred_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`status` text NOT NULL,
	`app_id` text,
	`waits_for` text,
	`error` text,
	`attempts` integer NOT NULL,
	`sealed_body` text,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_webhook` ON `events` (`mode`,`webhook_id`);--> statement-breakpoint
CREATE INDEX `events_waits` ON `events` (`mode`,`waits_for`) WHERE waits_for is not null;--> statement-breakpoint
CREATE INDEX `events_status` ON `events` (`status`,`received_at`) WHERE status <> 'applied';--> statement-breakpoint
CREATE INDEX `events_received` ON `events` (`received_at`);--> statement-breakpoint
CREATE INDEX `events_sealed` ON `events` (`received_at`) WHERE sealed_body is not null;--> statement-breakpoint
CREATE TABLE `facts` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`mode` text NOT NULL,
	`key` text NOT NULL,
	`type` text NOT NULL,
	`sequence` integer NOT NULL,
	`payment_id` text,
	`customer_id` text,
	`event_id` text,
	`origin` text NOT NULL,
	`body` text NOT NULL,
	`occurred_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `facts_key` ON `facts` (`app_id`,`key`);--> statement-breakpoint
CREATE UNIQUE INDEX `facts_sequence` ON `facts` (`app_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `facts_payment` ON `facts` (`payment_id`);--> statement-breakpoint
CREATE INDEX `facts_type` ON `facts` (`app_id`,`type`,`sequence`);--> statement-breakpoint
CREATE TABLE `grants` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`app_id` text,
	`payment_id` text,
	`benefit_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`member_id` text,
	`member_role` text,
	`order_id` text,
	`subscription_id` text,
	`is_granted` integer NOT NULL,
	`is_revoked` integer NOT NULL,
	`granted_at` integer,
	`revoked_at` integer,
	`properties` text NOT NULL,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `grants_customer` ON `grants` (`app_id`,`customer_id`);--> statement-breakpoint
CREATE INDEX `grants_of_customer` ON `grants` (`mode`,`customer_id`);--> statement-breakpoint
CREATE INDEX `grants_order` ON `grants` (`mode`,`order_id`);--> statement-breakpoint
CREATE INDEX `grants_subscription` ON `grants` (`mode`,`subscription_id`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`app_id` text NOT NULL,
	`route` text NOT NULL,
	`key` text NOT NULL,
	`fingerprint` text NOT NULL,
	`lease_token` text NOT NULL,
	`lease_until` integer NOT NULL,
	`status` integer,
	`sealed_body` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `route`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_expires` ON `idempotency_keys` (`expires_at`);--> statement-breakpoint
CREATE TABLE `orders` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`app_id` text,
	`payment_id` text,
	`customer_id` text NOT NULL,
	`product_id` text,
	`checkout_id` text,
	`subscription_id` text,
	`status` text NOT NULL,
	`billing_reason` text NOT NULL,
	`net_amount` integer NOT NULL,
	`total_amount` integer NOT NULL,
	`refunded_amount` integer NOT NULL,
	`currency` text NOT NULL,
	`created_at` integer NOT NULL,
	`paid_at` integer,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `orders_customer` ON `orders` (`app_id`,`customer_id`);--> statement-breakpoint
CREATE INDEX `orders_subscription` ON `orders` (`mode`,`subscription_id`);--> statement-breakpoint
CREATE INDEX `orders_payment` ON `orders` (`payment_id`);--> statement-breakpoint
CREATE TABLE `payments` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`app_id` text NOT NULL,
	`method` text NOT NULL,
	`status` text NOT NULL,
	`kind` text NOT NULL,
	`product_id` text,
	`amount` integer,
	`refunded_amount` integer NOT NULL,
	`currency` text,
	`customer_id` text,
	`external_customer_id` text,
	`customer_email` text,
	`customer_proven` integer NOT NULL,
	`checkout_id` text,
	`checkout_url` text,
	`order_id` text,
	`subscription_id` text,
	`success_url` text,
	`return_url` text,
	`code_challenge` text,
	`nonce_hash` text,
	`nonce_used_at` integer,
	`metadata` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`succeeded_at` integer,
	`expires_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `payments_order` ON `payments` (`mode`,`order_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `payments_checkout` ON `payments` (`mode`,`checkout_id`);--> statement-breakpoint
CREATE INDEX `payments_app` ON `payments` (`app_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_status` ON `payments` (`app_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_product` ON `payments` (`app_id`,`product_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_customer` ON `payments` (`app_id`,`customer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_external` ON `payments` (`app_id`,`external_customer_id`);--> statement-breakpoint
CREATE INDEX `payments_subscription` ON `payments` (`mode`,`subscription_id`);--> statement-breakpoint
CREATE TABLE `products` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`is_archived` integer NOT NULL,
	`is_recurring` integer NOT NULL,
	`metadata` text NOT NULL,
	`data` text,
	`assigned_app_id` text,
	`app_id` text,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`),
	FOREIGN KEY (`assigned_app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `products_app` ON `products` (`app_id`);--> statement-breakpoint
CREATE INDEX `products_unowned` ON `products` (`mode`) WHERE app_id is null;--> statement-breakpoint
CREATE TABLE `refunds` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`app_id` text,
	`payment_id` text,
	`order_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`status` text NOT NULL,
	`reason` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `refunds_order` ON `refunds` (`mode`,`order_id`);--> statement-breakpoint
CREATE INDEX `refunds_payment` ON `refunds` (`payment_id`);--> statement-breakpoint
CREATE TABLE `rereads` (
	`mode` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`reason` text NOT NULL,
	`requested_at` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	PRIMARY KEY(`mode`, `kind`, `id`)
);
--> statement-breakpoint
CREATE INDEX `rereads_due` ON `rereads` (`next_attempt_at`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`app_id` text NOT NULL,
	`payment_id` text,
	`customer_id` text,
	`external_id` text,
	`member_id` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_hash` ON `sessions` (`hash`);--> statement-breakpoint
CREATE INDEX `sessions_customer` ON `sessions` (`app_id`,`customer_id`);--> statement-breakpoint
CREATE INDEX `sessions_expires` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `snapshots` (
	`mode` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`app_id` text,
	`customer_id` text,
	`status` text,
	`data` text NOT NULL,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `kind`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `snapshots_customer` ON `snapshots` (`mode`,`customer_id`,`kind`);--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`app_id` text,
	`payment_id` text,
	`customer_id` text NOT NULL,
	`product_id` text NOT NULL,
	`checkout_id` text,
	`status` text NOT NULL,
	`current_period_start` integer NOT NULL,
	`current_period_end` integer NOT NULL,
	`cancel_at_period_end` integer NOT NULL,
	`canceled_at` integer,
	`started_at` integer,
	`ends_at` integer,
	`ended_at` integer,
	`past_due_at` integer,
	`paused_at` integer,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL,
	`seen_version` integer NOT NULL,
	`digest` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`mode`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `subscriptions_customer` ON `subscriptions` (`app_id`,`customer_id`);--> statement-breakpoint
CREATE INDEX `subscriptions_payment` ON `subscriptions` (`payment_id`);