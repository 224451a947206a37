DROP INDEX `events_webhook`;--> statement-breakpoint
DROP INDEX `events_waits`;--> statement-breakpoint
DROP INDEX `events_status`;--> statement-breakpoint
DROP INDEX `events_received`;--> statement-breakpoint
DROP INDEX `events_sealed`;--> statement-breakpoint
DROP INDEX `events_customer`;--> statement-breakpoint
DROP INDEX `events_checkout`;--> statement-breakpoint
DROP INDEX `events_checkouts`;--> statement-breakpoint
DROP INDEX `facts_key`;--> statement-breakpoint
DROP INDEX `facts_sequence`;--> statement-breakpoint
DROP INDEX `facts_payment`;--> statement-breakpoint
DROP INDEX `facts_type`;--> statement-breakpoint
DROP INDEX `facts_customer`;--> statement-breakpoint
DROP INDEX `facts_kept`;--> statement-breakpoint
DROP INDEX `deliveries_fact_endpoint`;--> statement-breakpoint
ALTER TABLE `events` RENAME TO `polar_events`;--> statement-breakpoint
ALTER TABLE `facts` RENAME TO `events`;--> statement-breakpoint
ALTER TABLE `events` RENAME COLUMN `event_id` TO `polar_event_id`;--> statement-breakpoint
ALTER TABLE `deliveries` RENAME COLUMN `fact_id` TO `event_id`;--> statement-breakpoint
-- What was told keeps its id: it is the `webhook-id` by which apps recognise what they have had already.
UPDATE `polar_events` SET `id` = 'pev_' || substr(`id`, 5) WHERE substr(`id`, 1, 4) = 'evt_';--> statement-breakpoint
-- A comparison with Polar that is under way goes on with what it had noted to read again.
UPDATE `reconcile_runs` SET `position` = replace(replace(`position`, '"wanted":', '"rereads":'), '"asked":', '"reread":') WHERE `status` = 'running';--> statement-breakpoint
UPDATE `audit_log` SET `action` = 'polar_' || `action`, `target` = CASE WHEN substr(`target`, 1, 4) = 'evt_' THEN 'pev_' || substr(`target`, 5) ELSE `target` END WHERE `action` IN ('event.read', 'event.reapplied');--> statement-breakpoint
CREATE UNIQUE INDEX `polar_events_webhook` ON `polar_events` (`mode`, `webhook_id`);--> statement-breakpoint
CREATE INDEX `polar_events_waits` ON `polar_events` (`mode`, `waits_for`) WHERE waits_for is not null;--> statement-breakpoint
CREATE INDEX `polar_events_status` ON `polar_events` (`status`, `received_at`) WHERE status <> 'applied';--> statement-breakpoint
CREATE INDEX `polar_events_received` ON `polar_events` (`received_at`);--> statement-breakpoint
CREATE INDEX `polar_events_sealed` ON `polar_events` (`received_at`) WHERE sealed_body is not null;--> statement-breakpoint
CREATE INDEX `polar_events_customer` ON `polar_events` (`mode`, `customer_id`) WHERE sealed_body is not null;--> statement-breakpoint
CREATE INDEX `polar_events_checkout` ON `polar_events` (`mode`, `checkout_id`) WHERE sealed_body is not null and checkout_id is not null;--> statement-breakpoint
CREATE INDEX `polar_events_checkouts` ON `polar_events` (`received_at`) WHERE type >= 'checkout.' and type < 'checkout/';--> statement-breakpoint
CREATE UNIQUE INDEX `events_key` ON `events` (`app_id`, `key`);--> statement-breakpoint
CREATE UNIQUE INDEX `events_sequence` ON `events` (`app_id`, `sequence`);--> statement-breakpoint
CREATE INDEX `events_payment` ON `events` (`payment_id`, `payment_sequence`);--> statement-breakpoint
CREATE INDEX `events_type` ON `events` (`app_id`, `type`, `sequence`);--> statement-breakpoint
CREATE INDEX `events_customer` ON `events` (`mode`, `customer_id`, `id`) WHERE body <> '{}';--> statement-breakpoint
CREATE INDEX `events_kept` ON `events` (`created_at`) WHERE body <> '{}';--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_event_endpoint` ON `deliveries` (`event_id`,`endpoint_id`);
