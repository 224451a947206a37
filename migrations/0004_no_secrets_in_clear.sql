-- What Polar's objects hold beside what is read here: return links with their nonces, client secrets, invitations. See storage/kept.ts.
UPDATE `snapshots` SET `data` = (
	SELECT json_group_object(j.key, json(CASE j.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE json_quote(j.value) END))
	FROM json_each(`snapshots`.`data`) AS j
	WHERE (`snapshots`.`kind` = 'seat' AND j.key IN ('customer_email', 'member_id'))
		OR (`snapshots`.`kind` = 'member' AND j.key IN ('email', 'role'))
		OR (`snapshots`.`kind` = 'customer_state' AND j.key = 'type')
		OR (`snapshots`.`kind` = 'dispute' AND j.key IN ('order_id', 'amount', 'tax_amount', 'currency', 'reason', 'evidence_due_by'))
);--> statement-breakpoint
UPDATE `products` SET `data` = json_set(`data`, '$.benefits', (
	SELECT json_group_array(json_patch('{}', json_object(
		'id', b.value ->> 'id', 'type', b.value ->> 'type', 'description', b.value ->> 'description',
		'visibility', b.value ->> 'visibility', 'metadata', json(coalesce(b.value -> 'metadata', '{}')))))
	FROM json_each(`products`.`data`, '$.benefits') AS b
)) WHERE json_type(`data`, '$.benefits') = 'array';--> statement-breakpoint
UPDATE `grants` SET `properties` = '{}';--> statement-breakpoint
-- A statement of SQL cannot seal: a payment that is pending now shows no address of its checkout any more. Its buyer has it.
UPDATE `payments` SET `checkout_url` = NULL;--> statement-breakpoint
UPDATE `facts` SET `body` = json_remove(
	json_set(`body`, '$.data.payment', json(iif(json_type(`body`, '$.data.payment') = 'object', json_set(`body` -> '$.data.payment', '$.checkout_url', NULL), 'null'))),
	'$.data.polar.data.client_secret', '$.data.polar.data.url', '$.data.polar.data.success_url',
	'$.data.polar.data.customer_session_token', '$.data.polar.data.payment_processor_metadata')
WHERE json_extract(`body`, '$.data.payment.checkout_url') IS NOT NULL OR json_extract(`body`, '$.data.polar.type') LIKE 'checkout.%';
