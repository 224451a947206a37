ALTER TABLE `grants` ADD `benefit_type` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `license_key_id` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `display_key` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `file_ids` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `connection` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `error_type` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `error_message` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `error_at` integer;--> statement-breakpoint
CREATE INDEX `grants_license_key` ON `grants` (`app_id`,`license_key_id`) WHERE license_key_id is not null;--> statement-breakpoint
CREATE INDEX `grants_display_key` ON `grants` (`app_id`,`display_key`) WHERE display_key is not null;--> statement-breakpoint
UPDATE `grants` SET `benefit_type` = (SELECT b.type FROM `benefits` AS b WHERE b.mode = grants.mode AND b.id = grants.benefit_id);
