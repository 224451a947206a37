CREATE TABLE `health_checks` (
	`part` text PRIMARY KEY NOT NULL,
	`checked_at` integer NOT NULL,
	`error` text
);
