CREATE TABLE `customer_external_ids` (
	`app_id` text NOT NULL,
	`external_id` text NOT NULL,
	`customer_id` text NOT NULL,
	PRIMARY KEY(`app_id`, `external_id`, `customer_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `customer_external_ids_customer` ON `customer_external_ids` (`customer_id`,`app_id`,`external_id`);--> statement-breakpoint
INSERT INTO `customer_external_ids` (`app_id`, `external_id`, `customer_id`) SELECT `app_id`, `external_id`, `customer_id` FROM `app_customers`;--> statement-breakpoint
-- The cron notes what earlier checkouts named, in steps (record/know-earlier-buyers.ts).
INSERT OR REPLACE INTO `walks` (`name`, `after`) VALUES ('known_customers', '{"after":"","rounds":2,"notBefore":0}');
