ALTER TABLE `refunds` ADD `revokes_benefits` integer;--> statement-breakpoint
CREATE INDEX `snapshots_dispute_order` ON `snapshots` (`mode`,data ->> '$.order_id') WHERE kind = 'dispute';