CREATE TABLE `downloaded_files` (
	`app_id` text NOT NULL,
	`id` text NOT NULL,
	`benefit_id` text NOT NULL,
	`name` text NOT NULL,
	`size` integer NOT NULL,
	`version` text,
	`downloads` integer NOT NULL,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	PRIMARY KEY(`app_id`, `id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `downloads` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`file_id` text NOT NULL,
	`benefit_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`member_id` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `downloads_file` ON `downloads` (`app_id`,`file_id`,`created_at`,`id`);--> statement-breakpoint
ALTER TABLE `benefits` ADD `files` text;