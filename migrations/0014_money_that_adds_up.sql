CREATE TABLE `payment_metadata` (
	`app_id` text NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	`created_at` integer NOT NULL,
	`payment_id` text NOT NULL,
	PRIMARY KEY(`app_id`, `key`, `value`, `created_at`, `payment_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `refund_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`app_id` text NOT NULL,
	`payment_id` text NOT NULL,
	`order_id` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`reason` text NOT NULL,
	`comment` text,
	`revokes_benefits` integer NOT NULL,
	`cancel_subscription` text,
	`is_canceled` integer DEFAULT false NOT NULL,
	`metadata` text NOT NULL,
	`status` text NOT NULL,
	`polar_refund_id` text,
	`error` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer,
	`lease_until` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `refund_requests_payment` ON `refund_requests` (`payment_id`,`created_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `refund_requests_polar` ON `refund_requests` (`mode`,`polar_refund_id`) WHERE polar_refund_id is not null;--> statement-breakpoint
CREATE INDEX `refund_requests_app` ON `refund_requests` (`app_id`,`status`,`created_at`,`id`) WHERE polar_refund_id is null;--> statement-breakpoint
CREATE INDEX `refund_requests_due` ON `refund_requests` (`next_attempt_at`) WHERE next_attempt_at is not null;--> statement-breakpoint
DROP INDEX `payments_app_status`;--> statement-breakpoint
ALTER TABLE `payments` ADD `product_name` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `product_plan` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `net_amount` integer;--> statement-breakpoint
ALTER TABLE `payments` ADD `tax_amount` integer;--> statement-breakpoint
ALTER TABLE `payments` ADD `discount_amount` integer;--> statement-breakpoint
ALTER TABLE `payments` ADD `refunded_tax_amount` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payments` ADD `refundable_amount` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payments` ADD `disputed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `payments` ADD `billing_reason` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `discount_id` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `discount_code` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `discount_name` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `invoice_number` text;--> statement-breakpoint
ALTER TABLE `payments` ADD `failure_reason` text;--> statement-breakpoint
CREATE INDEX `payments_app_kind` ON `payments` (`app_id`,`kind`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_amount` ON `payments` (`app_id`,`amount`,`id`);--> statement-breakpoint
CREATE INDEX `payments_app_discount` ON `payments` (`app_id`,`discount_id`,`created_at`,`id`) WHERE discount_id is not null;--> statement-breakpoint
ALTER TABLE `apps` ADD `past_due_grace_days` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `apps` ADD `ending_notice_days` integer DEFAULT 3 NOT NULL;--> statement-breakpoint
ALTER TABLE `apps` ADD `allows_foreign_codes` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `refunded_tax_amount` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `discount_amount` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `balance_amount` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `discount_id` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `discount_code` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `discount_name` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `invoice_number` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `next_payment_attempt_at` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `product_name` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `product_plan` text;--> statement-breakpoint
ALTER TABLE `refunds` ADD `tax_amount` integer;--> statement-breakpoint
ALTER TABLE `refunds` ADD `request_id` text;--> statement-breakpoint
CREATE INDEX `refunds_app` ON `refunds` (`app_id`,`status`,`created_at`,`id`);--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `amount` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `currency` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `recurring_interval` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `recurring_interval_count` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `trial_start` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `trial_end` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `pause_at_period_end` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `resumes_at` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `seats` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `discount_id` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `cancellation_reason` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `cancellation_comment` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `details` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `details_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `details_seen_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `ending_told_for` integer;--> statement-breakpoint
CREATE INDEX `subscriptions_app` ON `subscriptions` (`app_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `subscriptions_renewing` ON `subscriptions` (`app_id`,`current_period_end`,`id`) WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX `subscriptions_ending` ON `subscriptions` (`app_id`,`ends_at`) WHERE ends_at is not null and ended_at is null and ending_told_for is not ends_at;--> statement-breakpoint
UPDATE `payments` SET
	`net_amount` = o.net_amount,
	`tax_amount` = o.total_amount - o.net_amount,
	`status` = case
		when o.status in ('partially_refunded', 'refunded') then o.status
		when o.status <> 'paid' or payments.refunded_amount <= 0 then payments.status
		when payments.refunded_amount >= o.net_amount then 'refunded'
		else 'partially_refunded' end,
	`kind` = case
		when payments.kind <> 'checkout' or payments.nonce_hash is not null then payments.kind
		when o.billing_reason = 'subscription_update' then 'change'
		else 'direct' end,
	`billing_reason` = o.billing_reason,
	`refunded_tax_amount` = case
		when o.net_amount <= 0 then 0
		when payments.refunded_amount >= o.net_amount then o.total_amount - o.net_amount
		else cast(round(payments.refunded_amount * 1.0 * (o.total_amount - o.net_amount) / o.net_amount) as integer) end,
	`refundable_amount` = iif(o.status in ('paid', 'partially_refunded', 'refunded') and o.total_amount > 0, max(0, o.net_amount - payments.refunded_amount), 0),
	`disputed` = exists (select 1 from `snapshots` as s where s.mode = o.mode and s.kind = 'dispute' and s.data ->> '$.order_id' = +o.id
		and s.status not in ('won', 'prevented'))
FROM `orders` AS o WHERE o.mode = payments.mode and o.id = payments.order_id;--> statement-breakpoint
UPDATE `payments` SET `net_amount` = `amount`, `tax_amount` = 0 WHERE `order_id` is null and `amount` is not null;--> statement-breakpoint
UPDATE `payments` SET
	`product_name` = pr.name,
	`product_plan` = case
		when trim(coalesce(pr.metadata ->> '$.gateway_plan', '')) <> '' then trim(pr.metadata ->> '$.gateway_plan')
		when pr.name glob '[a-z0-9]*:?*' and substr(pr.name, 1, instr(pr.name, ':') - 1) not glob '*[^a-z0-9-]*'
			and substr(pr.name, instr(pr.name, ':') + 1) not glob '*[ ' || char(9) || ']*' then substr(pr.name, instr(pr.name, ':') + 1)
		end
FROM `products` AS pr WHERE pr.mode = payments.mode and pr.id = payments.product_id and pr.app_id = payments.app_id;--> statement-breakpoint
INSERT INTO `payment_metadata` (`app_id`, `key`, `value`, `created_at`, `payment_id`)
SELECT p.app_id, m.key, coalesce(iif(m.type = 'text', m.value, p.metadata -> m.fullkey), cast(m.value as text)), p.created_at, p.id
FROM `payments` AS p CROSS JOIN json_each(p.metadata) AS m;
