CREATE TABLE `forgotten_customers` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`address` text,
	`revision` integer NOT NULL,
	`is_due` integer NOT NULL,
	`after` text NOT NULL,
	PRIMARY KEY(`mode`, `id`)
);
--> statement-breakpoint
CREATE INDEX `forgotten_customers_due` ON `forgotten_customers` (`is_due`) WHERE is_due = 1;--> statement-breakpoint
CREATE TABLE `polar_budgets` (
	`mode` text NOT NULL,
	`part` text NOT NULL,
	`occupied_until` integer NOT NULL,
	`token` text NOT NULL,
	PRIMARY KEY(`mode`, `part`)
);
--> statement-breakpoint
DROP INDEX `orders_subscription`;--> statement-breakpoint
CREATE INDEX `orders_subscription` ON `orders` (`mode`,`subscription_id`,`paid_at`);--> statement-breakpoint
ALTER TABLE `customers` ADD `created_at` integer;--> statement-breakpoint
CREATE INDEX `customers_created` ON `customers` (`mode`,`created_at`) WHERE deleted_at is null;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `run_started_at` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `revivals` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `pace` integer;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `paced_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD `customer_id` text;--> statement-breakpoint
ALTER TABLE `events` ADD `checkout_id` text;--> statement-breakpoint
CREATE INDEX `events_customer` ON `events` (`mode`,`customer_id`) WHERE sealed_body is not null;--> statement-breakpoint
CREATE INDEX `events_checkout` ON `events` (`mode`,`checkout_id`) WHERE sealed_body is not null and checkout_id is not null;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `product_since` integer;--> statement-breakpoint
CREATE INDEX `facts_customer` ON `facts` (`mode`,`customer_id`,`id`) WHERE body <> '{}';--> statement-breakpoint
CREATE INDEX `payments_address` ON `payments` (`mode`,lower(customer_email)) WHERE customer_id is null;--> statement-breakpoint
CREATE INDEX `snapshots_member_created` ON `snapshots` (`mode`,data ->> '$.created_at') WHERE kind = 'member';
--> statement-breakpoint
-- What is on its way began with the first attempt of its present run.
UPDATE `deliveries` SET `run_started_at` = (SELECT a.`at` FROM `delivery_attempts` AS a WHERE a.`delivery_id` = `deliveries`.`id` AND a.`attempt` = `deliveries`.`attempts` - `deliveries`.`schedule_step` + 1) WHERE `status` = 'pending' AND `schedule_step` > 0;
