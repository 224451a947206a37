CREATE TABLE `own_grants` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`app_id` text NOT NULL,
	`customer_id` text,
	`external_id` text,
	`resources` text NOT NULL,
	`reason` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`revoked_because` text,
	`tell_end_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `own_grants_app` ON `own_grants` (`app_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `own_grants_customer` ON `own_grants` (`app_id`,`customer_id`,`created_at`) WHERE customer_id is not null;--> statement-breakpoint
CREATE INDEX `own_grants_external` ON `own_grants` (`app_id`,`external_id`,`created_at`) WHERE external_id is not null;--> statement-breakpoint
CREATE INDEX `own_grants_untold` ON `own_grants` (`tell_end_at`) WHERE tell_end_at is not null;--> statement-breakpoint
CREATE INDEX `own_grants_ended` ON `own_grants` (case when revoked_at is null then expires_at else revoked_at end) WHERE case when revoked_at is null then expires_at else revoked_at end is not null;