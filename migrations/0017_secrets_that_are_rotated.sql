CREATE TABLE `reseals` (
	`key_id` text NOT NULL,
	`place` text NOT NULL,
	`after` text NOT NULL,
	`began_at` integer NOT NULL,
	`finished_at` integer,
	`resealed` integer NOT NULL,
	`unreadable` integer NOT NULL,
	PRIMARY KEY(`key_id`, `place`)
);
--> statement-breakpoint
CREATE TABLE `secret_ages` (
	`setting` text NOT NULL,
	`id` text NOT NULL,
	`first_seen_at` integer NOT NULL,
	PRIMARY KEY(`setting`, `id`)
);
