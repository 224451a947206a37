CREATE TABLE `license_activations` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`license_key_id` text NOT NULL,
	`activation_id` text NOT NULL,
	`display_key` text NOT NULL,
	`what` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `license_activations_customer` ON `license_activations` (`app_id`,`customer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `downloads_customer` ON `downloads` (`app_id`,`customer_id`,`created_at`,`id`);