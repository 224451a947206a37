CREATE TABLE `reconcile_findings` (
	`run_id` text NOT NULL,
	`kind` text NOT NULL,
	`object_id` text NOT NULL,
	`app_id` text,
	`drift` text NOT NULL,
	`differs` text NOT NULL,
	`outcome` text NOT NULL,
	`why` text,
	`events` text NOT NULL,
	`found_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `kind`, `object_id`)
);
--> statement-breakpoint
ALTER TABLE `reconcile_runs` ADD `findings` integer DEFAULT 0 NOT NULL;