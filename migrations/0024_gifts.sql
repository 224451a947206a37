CREATE TABLE `gifts` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` text NOT NULL,
	`mode` text NOT NULL,
	`payment_id` text NOT NULL,
	`to_email` text,
	`from_name` text,
	`message` text,
	`redirect_url` text NOT NULL,
	`send_at` integer,
	`link_days` integer NOT NULL,
	`link` integer NOT NULL,
	`link_hash` text NOT NULL,
	`link_key` text NOT NULL,
	`link_at` integer NOT NULL,
	`mail_at` integer,
	`mail_attempts` integer DEFAULT 0 NOT NULL,
	`mailed_at` integer,
	`mail_error` text,
	`claimed_at` integer,
	`claimed_by` text,
	`claimed_customer_id` text,
	`claimed_external_id` text,
	`claimed_email` text,
	`claim_key` text,
	`attached_at` integer,
	`canceled_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `gifts_link` ON `gifts` (`link_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `gifts_payment` ON `gifts` (`payment_id`) WHERE canceled_at is null;--> statement-breakpoint
CREATE INDEX `gifts_of_payment` ON `gifts` (`payment_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `gifts_app` ON `gifts` (`app_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `gifts_mail` ON `gifts` (`mail_at`) WHERE mail_at is not null;--> statement-breakpoint
CREATE INDEX `gifts_to` ON `gifts` (`app_id`,`to_email`,`created_at`,`id`) WHERE to_email is not null;--> statement-breakpoint
CREATE INDEX `gifts_customer` ON `gifts` (`app_id`,`claimed_customer_id`) WHERE claimed_customer_id is not null;--> statement-breakpoint
CREATE INDEX `gifts_external` ON `gifts` (`app_id`,`claimed_external_id`) WHERE claimed_external_id is not null;--> statement-breakpoint
CREATE INDEX `gifts_address` ON `gifts` (`app_id`,`claimed_email`) WHERE claimed_email is not null;