CREATE TABLE `license_checks` (
	`app_id` text NOT NULL,
	`key_hash` text NOT NULL,
	`mode` text NOT NULL,
	`license_key_id` text,
	`answer` text,
	`checked_at` integer,
	`lease_token` text NOT NULL,
	`lease_until` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `key_hash`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `license_checks_key` ON `license_checks` (`mode`,`license_key_id`) WHERE license_key_id is not null;--> statement-breakpoint
CREATE INDEX `license_checks_expires` ON `license_checks` (`expires_at`);--> statement-breakpoint
CREATE TABLE `license_guesses` (
	`part` text PRIMARY KEY NOT NULL,
	`window_ends_at` integer NOT NULL,
	`count` integer NOT NULL,
	`token` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `license_guesses_window` ON `license_guesses` (`window_ends_at`);--> statement-breakpoint
CREATE TABLE `license_requests` (
	`app_id` text NOT NULL,
	`request` text NOT NULL,
	`mode` text NOT NULL,
	`license_key_id` text NOT NULL,
	`kind` text NOT NULL,
	`amount` integer NOT NULL,
	`usage_before` integer,
	`asked_at` integer,
	`outcome` text,
	`lease_token` text NOT NULL,
	`lease_until` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `request`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `license_requests_open` ON `license_requests` (`mode`,`license_key_id`) WHERE kind = 'usage' and outcome is null;--> statement-breakpoint
CREATE INDEX `license_requests_expires` ON `license_requests` (`expires_at`);--> statement-breakpoint
CREATE TABLE `licensed_machines` (
	`app_id` text NOT NULL,
	`activation_id` text NOT NULL,
	`fingerprint` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `activation_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `licensed_machines_expiry` ON `licensed_machines` (`expires_at`);--> statement-breakpoint
CREATE TABLE `published_keys` (
	`mode` text NOT NULL,
	`kid` text NOT NULL,
	`x` text NOT NULL,
	`needed_until` integer NOT NULL,
	`withdrawn_at` integer,
	PRIMARY KEY(`mode`, `kid`)
);
--> statement-breakpoint
CREATE INDEX `published_keys_needed` ON `published_keys` (`needed_until`);