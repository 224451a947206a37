CREATE TABLE `sign_in_attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`mode` text NOT NULL,
	`holder` text NOT NULL,
	`email` text NOT NULL,
	`browser_hash` text NOT NULL,
	`code_hash` text NOT NULL,
	`link_hash` text NOT NULL,
	`guesses` integer NOT NULL,
	`mailed_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sign_in_attempts_address` ON `sign_in_attempts` (`mode`,`email`,`mailed_at`);--> statement-breakpoint
CREATE INDEX `sign_in_attempts_created` ON `sign_in_attempts` (`created_at`);--> statement-breakpoint
DROP INDEX `customers_email`;--> statement-breakpoint
CREATE INDEX `customers_address` ON `customers` (`mode`,lower(email));--> statement-breakpoint
ALTER TABLE `sessions` ADD `proof` text DEFAULT 'purchase' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `holder` text DEFAULT 'app' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `email` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `label` text;--> statement-breakpoint
CREATE INDEX `sessions_external` ON `sessions` (`app_id`,`external_id`) WHERE external_id is not null;--> statement-breakpoint
CREATE INDEX `sessions_payment` ON `sessions` (`app_id`,`payment_id`) WHERE payment_id is not null;--> statement-breakpoint
CREATE INDEX `snapshots_member_address` ON `snapshots` (`mode`,lower(data ->> '$.email')) WHERE kind = 'member';--> statement-breakpoint
CREATE INDEX `snapshots_seat_address` ON `snapshots` (`mode`,lower(data ->> '$.customer_email')) WHERE kind = 'seat';--> statement-breakpoint
UPDATE `sessions` SET `proof` = 'app' WHERE `customer_id` IS NOT NULL OR `external_id` IS NOT NULL;
