/* What Polar said of a life, as far as the gateway's events of it do not follow from what was done, but from how Polar went on. */

export interface Said {
  type: string;
  data: Record<string, unknown>;
}

/**
 * How often something was told of what Polar does in the background (grants, fees, updates): once for each state that Polar
 * showed, by the table of ADR 2.
 */
export function toldByLog(said: readonly Said[]): Map<string, number> {
  return count(occurrencesIn(said));
}

/**
 * How often an update of a grant may be told that is none: a read that overtakes the webhooks of a revocation and of the grant
 * that followed sees only that the grant has changed (ADR 30).
 */
export function perhapsToldByLog(said: readonly Said[]): Map<string, number> {
  return count(
    [...occurrencesIn(said)]
      .filter((occurrence) => occurrence.startsWith('grant.created:'))
      .map((occurrence) => occurrence.replace('grant.created:', 'grant.updated:')),
  );
}

function occurrencesIn(said: readonly Said[]): Set<string> {
  const occurrences = new Set<string>();
  for (const { type, data } of said) {
    const id = String(data['id']);
    const version = String(data['modified_at'] ?? data['created_at']);
    if (type === 'subscription.updated') occurrences.add(`subscription.updated:${id} ${version}`);
    if (type === 'order.updated' && hasLaterNews(data)) occurrences.add(`payment.updated:${id} ${version}`);
    if (!type.startsWith('benefit_grant.')) continue;
    if (data['is_revoked'] === true) occurrences.add(`grant.revoked:${id} ${String(data['revoked_at'])}`);
    else occurrences.add(`grant.created:${id} ${String(data['granted_at'])}`);
    if (type === 'benefit_grant.cycled' && data['is_revoked'] !== true)
      occurrences.add(`grant.renewed:${id} ${version}`);
  }
  return occurrences;
}

function count(occurrences: Iterable<string>): Map<string, number> {
  const told = new Map<string, number>();
  for (const occurrence of occurrences) {
    const key = occurrence.split(' ', 1)[0] ?? '';
    told.set(key, (told.get(key) ?? 0) + 1);
  }
  return told;
}

/** An order that is paid, with fees, an invoice or a refund. */
function hasLaterNews({
  paid,
  platform_fee_amount: fees,
  is_invoice_generated: invoice,
  refunded_amount: back,
}: Said['data']): boolean {
  return paid === true && (Number(fees) > 0 || invoice === true || Number(back) > 0);
}
