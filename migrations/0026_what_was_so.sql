CREATE TABLE `history_marks` (
	`name` text PRIMARY KEY NOT NULL,
	`began_at` integer NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `row_history` (
	`mode` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`nth` integer NOT NULL,
	`until` integer NOT NULL,
	`row` text,
	`former_owner` text,
	PRIMARY KEY(`mode`, `kind`, `id`, `nth`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `row_history_former_owner` ON `row_history` (`mode`,`former_owner`) WHERE former_owner is not null;