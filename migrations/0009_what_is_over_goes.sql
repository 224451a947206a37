CREATE TABLE `daily_counts` (
	`app_id` text NOT NULL,
	`day` integer NOT NULL,
	`name` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`app_id`, `day`, `name`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `deliveries_ended` ON `deliveries` (`created_at`) WHERE status <> 'pending';--> statement-breakpoint
CREATE INDEX `events_checkouts` ON `events` (`received_at`) WHERE type >= 'checkout.' and type < 'checkout/';--> statement-breakpoint
CREATE INDEX `facts_kept` ON `facts` (`created_at`) WHERE body <> '{}';--> statement-breakpoint
CREATE INDEX `snapshots_checkouts` ON `snapshots` (`version`) WHERE kind = 'checkout';--> statement-breakpoint
-- Events of unknown types that named no object made a row each, which nothing reads.
DELETE FROM `snapshots` WHERE substr(`id`, 1, length(`kind`) + 1) = `kind` || '@';
