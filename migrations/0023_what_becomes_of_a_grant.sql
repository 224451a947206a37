CREATE TABLE `grant_causes` (
	`mode` text NOT NULL,
	`purchase` text NOT NULL,
	`at` integer NOT NULL,
	`what` text NOT NULL,
	PRIMARY KEY(`mode`, `purchase`, `at`, `what`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `grant_changes` (
	`mode` text NOT NULL,
	`grant_id` text NOT NULL,
	`version` integer NOT NULL,
	`what` text NOT NULL,
	`state` text NOT NULL,
	`granted_at` integer,
	`revoked_at` integer,
	`seen_at` integer NOT NULL,
	PRIMARY KEY(`mode`, `grant_id`, `version`, `what`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `grant_fulfilments` (
	`mode` text NOT NULL,
	`grant_id` text NOT NULL,
	`id` text NOT NULL,
	`status` text NOT NULL,
	`by` text NOT NULL,
	`comment` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`mode`, `grant_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `grants` ADD `product_id` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `state` text GENERATED ALWAYS AS (case when is_revoked = 1 then 'revoked' when is_granted = 1 then 'granted'
  when connection = 'missing' then 'pending_action' when error_type is not null then 'failed' else 'pending' end) VIRTUAL;--> statement-breakpoint
ALTER TABLE `grants` ADD `fulfilment` text;--> statement-breakpoint
CREATE INDEX `grants_app_type` ON `grants` (`app_id`,`benefit_type`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `grants_app_benefit` ON `grants` (`app_id`,`benefit_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `grants_app_product` ON `grants` (`app_id`,`product_id`,`created_at`,`id`) WHERE product_id is not null;--> statement-breakpoint
CREATE INDEX `grants_app_member` ON `grants` (`app_id`,`member_id`,`created_at`,`id`) WHERE member_id is not null;--> statement-breakpoint
CREATE INDEX `grants_app_fulfilment` ON `grants` (`app_id`,`fulfilment`,`created_at`,`id`) WHERE fulfilment is not null;--> statement-breakpoint
UPDATE `grants` SET `product_id` = coalesce(
	(SELECT s.product_id FROM `subscriptions` AS s WHERE s.mode = grants.mode AND s.id = grants.subscription_id),
	(SELECT o.product_id FROM `orders` AS o WHERE o.mode = grants.mode AND o.id = grants.order_id));
--> statement-breakpoint
INSERT INTO `grant_changes` (`mode`, `grant_id`, `version`, `what`, `state`, `granted_at`, `revoked_at`, `seen_at`)
SELECT mode, id, version, 'read', state, granted_at, revoked_at, version / 1000 FROM `grants`;
