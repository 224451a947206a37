CREATE TABLE `campaigns` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`name` text NOT NULL,
	`code` text NOT NULL,
	`rules` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `campaigns_code` ON `campaigns` (`app_id`,`code`);--> statement-breakpoint
CREATE INDEX `campaigns_app` ON `campaigns` (`app_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `checkout_links` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`label` text,
	`settings` text NOT NULL,
	`opened` integer NOT NULL,
	`last_opened_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `checkout_links_app` ON `checkout_links` (`app_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `discount_counts` (
	`mode` text NOT NULL,
	`id` text NOT NULL,
	`app_id` text NOT NULL,
	`max_redemptions` integer,
	`redemptions` integer NOT NULL,
	`starts_at` integer,
	`ends_at` integer,
	`read_at` integer NOT NULL,
	PRIMARY KEY(`mode`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `discount_counts_read` ON `discount_counts` (`read_at`);