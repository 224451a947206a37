ALTER TABLE `endpoints` ADD `sealed_url` text;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `matches` text;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `format` text DEFAULT 'standard' NOT NULL;--> statement-breakpoint
CREATE INDEX `endpoints_deleted` ON `endpoints` (`deleted_at`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `api_keys_ended` ON `api_keys` (case when revoked_at is null then expires_at else revoked_at end) WHERE case when revoked_at is null then expires_at else revoked_at end is not null;