CREATE TABLE `reconcile_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`scope` text NOT NULL,
	`trigger` text NOT NULL,
	`status` text NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer,
	`next_step_at` integer NOT NULL,
	`lease_token` text,
	`lease_until` integer NOT NULL,
	`position` text NOT NULL,
	`report` text NOT NULL,
	`error` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reconcile_runs_running` ON `reconcile_runs` (`mode`) WHERE status = 'running';--> statement-breakpoint
CREATE INDEX `reconcile_runs_mode` ON `reconcile_runs` (`mode`,`started_at`);--> statement-breakpoint
CREATE TABLE `watermarks` (
	`mode` text NOT NULL,
	`kind` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`mode`, `kind`)
);
--> statement-breakpoint
DROP INDEX `facts_payment`;--> statement-breakpoint
ALTER TABLE `facts` ADD `payment_sequence` integer;--> statement-breakpoint
CREATE INDEX `facts_payment` ON `facts` (`payment_id`,`payment_sequence`);--> statement-breakpoint
ALTER TABLE `deliveries` ADD `sequence` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `schedule_step` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `replays` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `replayed_at` integer;--> statement-breakpoint
CREATE INDEX `deliveries_order` ON `deliveries` (`endpoint_id`,`sequence`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_leased` ON `deliveries` (`endpoint_id`,`lease_until`) WHERE lease_token is not null;--> statement-breakpoint
CREATE INDEX `deliveries_replayed` ON `deliveries` (`app_id`,`replayed_at`) WHERE replayed_at is not null;--> statement-breakpoint
ALTER TABLE `delivery_attempts` ADD `endpoint_id` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `delivery_attempts` ADD `is_replay` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `delivery_attempts_endpoint` ON `delivery_attempts` (`endpoint_id`,`at`);--> statement-breakpoint
CREATE INDEX `delivery_attempts_at` ON `delivery_attempts` (`at`);--> statement-breakpoint
ALTER TABLE `endpoints` ADD `previous_secrets` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `disabled_reason` text;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `disabled_at` integer;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `ordering` text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `rate_limit` integer;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `rate_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `catch_up_to` integer;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `drain_token` text;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `drain_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `is_slow` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `warned_at` integer;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `notice` text;--> statement-breakpoint
CREATE INDEX `endpoints_notice` ON `endpoints` (`notice`) WHERE notice is not null;--> statement-breakpoint
CREATE INDEX `endpoints_failing` ON `endpoints` (`failing_since`) WHERE failing_since is not null;--> statement-breakpoint
CREATE INDEX `endpoints_disabled` ON `endpoints` (`disabled_at`) WHERE disabled_at is not null;
--> statement-breakpoint
UPDATE `facts` SET `payment_sequence` = numbered.place FROM (
	SELECT id, row_number() OVER (PARTITION BY payment_id ORDER BY sequence) AS place FROM facts WHERE payment_id IS NOT NULL
) AS numbered WHERE numbered.id = `facts`.id;--> statement-breakpoint
UPDATE `deliveries` SET
	`sequence` = (SELECT f.sequence FROM facts AS f WHERE f.id = `deliveries`.fact_id),
	`schedule_step` = `attempts`;--> statement-breakpoint
UPDATE `delivery_attempts` SET `endpoint_id` = coalesce((SELECT d.endpoint_id FROM deliveries AS d WHERE d.id = `delivery_attempts`.delivery_id), '');--> statement-breakpoint
UPDATE `endpoints` SET `disabled_reason` = 'gone', `disabled_at` = `updated_at` WHERE `enabled` = 0;
