CREATE TABLE `erased_customers` (
	`app_id` text NOT NULL,
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`erased_at` integer NOT NULL,
	`address` text,
	`revision` integer NOT NULL,
	`is_due` integer NOT NULL,
	`after` text NOT NULL,
	`tried_at` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`id`, `app_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `erased_customers_due` ON `erased_customers` (`is_due`,`tried_at`) WHERE is_due = 1;--> statement-breakpoint
CREATE TABLE `known_customers` (
	`app_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`mode` text NOT NULL,
	`email` text,
	`name` text,
	`seen_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `customer_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `known_customers_created` ON `known_customers` (`app_id`,`created_at`,`customer_id`);--> statement-breakpoint
CREATE INDEX `known_customers_email` ON `known_customers` (`app_id`,lower(email),`customer_id`,`created_at`) WHERE email is not null;--> statement-breakpoint
CREATE INDEX `known_customers_name` ON `known_customers` (`app_id`,lower(name),`customer_id`,`created_at`) WHERE name is not null;--> statement-breakpoint
CREATE TABLE `prepared_customers` (
	`app_id` text NOT NULL,
	`external_id` text NOT NULL,
	`email` text,
	`name` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `external_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
-- The cron notes who has bought before, in steps (record/know-earlier-buyers.ts).
INSERT INTO `walks` (`name`, `after`) VALUES ('known_customers', '{"after":"","rounds":2,"notBefore":0}');
