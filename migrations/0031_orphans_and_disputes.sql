ALTER TABLE `apps` ADD `dispute_access` text DEFAULT 'keep' NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `billing_country` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `is_dismissed` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `orders_unrouted` ON `orders` (`mode`,`is_dismissed`,`created_at`,`id`) WHERE app_id is null and subscription_id is null;--> statement-breakpoint
ALTER TABLE `payments` ADD `country` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `is_dismissed` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `subscriptions_unrouted` ON `subscriptions` (`mode`,`is_dismissed`,`created_at`,`id`) WHERE app_id is null;--> statement-breakpoint
CREATE INDEX `snapshots_disputes` ON `snapshots` (`app_id`,case when data ->> '$.created_at' is null then '' else data ->> '$.created_at' end,`id`) WHERE kind = 'dispute';--> statement-breakpoint
CREATE INDEX `snapshots_evidence` ON `snapshots` (data ->> '$.evidence_due_by') WHERE kind = 'dispute' and status = 'needs_response';--> statement-breakpoint
UPDATE `snapshots` SET `data` = json_set(`data`, '$.created_at', strftime('%Y-%m-%dT%H:%M:%SZ', `version` / 1000000, 'unixepoch')) WHERE `mode` IN ('live', 'sandbox') AND `kind` = 'dispute' AND `data` ->> '$.order_id' IS NOT NULL AND `data` ->> '$.created_at' IS NULL;
