DROP INDEX `deliveries_ended`;--> statement-breakpoint
CREATE INDEX `deliveries_ended` ON `deliveries` (`finished_at`) WHERE status <> 'pending';--> statement-breakpoint
DROP INDEX `forgotten_customers_due`;--> statement-breakpoint
ALTER TABLE `forgotten_customers` ADD `tried_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `forgotten_customers_due` ON `forgotten_customers` (`is_due`,`tried_at`) WHERE is_due = 1;--> statement-breakpoint
ALTER TABLE `idempotency_keys` ADD `payment_id` text;--> statement-breakpoint
CREATE INDEX `idempotency_keys_payment` ON `idempotency_keys` (`payment_id`) WHERE payment_id is not null;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `sold_by` text REFERENCES apps(id);
--> statement-breakpoint
-- At whose checkout a subscription began: where Floe made the checkout, where its first order is of the app's product, or where it has had that from the beginning.
UPDATE `subscriptions` SET `sold_by` = (SELECT p.`app_id` FROM `payments` AS p WHERE p.`mode` = `subscriptions`.`mode` AND p.`checkout_id` = `subscriptions`.`checkout_id` AND p.`success_url` IS NOT NULL);
--> statement-breakpoint
UPDATE `subscriptions` SET `sold_by` = (
	SELECT p.`app_id` FROM `orders` AS o JOIN `products` AS p ON p.`mode` = o.`mode` AND p.`id` = o.`product_id`
	WHERE o.`mode` = `subscriptions`.`mode` AND o.`subscription_id` = `subscriptions`.`id` AND o.`billing_reason` = 'subscription_create'
) WHERE `sold_by` IS NULL;
--> statement-breakpoint
UPDATE `subscriptions` SET `sold_by` = (
	SELECT p.`app_id` FROM `products` AS p WHERE p.`mode` = `subscriptions`.`mode` AND p.`id` = `subscriptions`.`product_id`
) WHERE `sold_by` IS NULL AND `product_since` <= `created_at`;
--> statement-breakpoint
-- What ended is pruned by when it did.
UPDATE `deliveries` SET `finished_at` = `created_at` WHERE `status` <> 'pending' AND `finished_at` IS NULL;
--> statement-breakpoint
-- Of a grant told before there was a list of what is passed on, the properties that are on it stay: others are tokens and invitations.
UPDATE `facts` SET `body` = json_set(json_remove(`body`, '$.data.polar.data.previous_properties', '$.data.polar.data.benefit.properties'), '$.data.polar.data.properties', json((
	SELECT json_group_object(j.key, json(CASE j.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'array' THEN j.value ELSE json_quote(j.value) END))
	FROM json_each(`facts`.`body`, '$.data.polar.data.properties') AS j
	WHERE j.key IN ('license_key_id', 'display_key', 'guild_id', 'role_id', 'repository_owner', 'repository_name', 'permission', 'files') AND j.type <> 'object'
))) WHERE `passed_on` = 0 AND `body` <> '{}' AND json_extract(`body`, '$.data.polar.type') LIKE 'benefit_grant.%';
--> statement-breakpoint
-- What was told of payments that nobody paid, and of which nothing is left. The last number of each app stays.
DELETE FROM `facts` WHERE `body` = '{}' AND `payment_id` IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM `payments` AS p WHERE p.`id` = `facts`.`payment_id`)
	AND NOT EXISTS (SELECT 1 FROM `deliveries` AS d WHERE d.`fact_id` = `facts`.`id`)
	AND `sequence` < (SELECT max(f.`sequence`) FROM `facts` AS f WHERE f.`app_id` = `facts`.`app_id`);
