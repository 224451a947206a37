import { customerName, type Subject } from '../../base/subject.rules.ts';
import { presentDecision } from '../present-access.ts';
import type { Cause } from './causes.rules.ts';
import type { Explanation } from './explain-access.ts';
import type { CauseView, ExplanationView, MissingView, SupportView } from './explain.answers.ts';
import type { Missing, Named, Support } from './explain.rules.ts';
import { sayDecision, sayMissing } from './words.rules.ts';

/** What is asked. */
interface Asked {
  resource: string;
  subject: Subject;
  /** Milliseconds. */
  at: number;
  /** Seconds. */
  maxAge: number;
}

export function presentExplanation(
  { decision, supports, missing, causes, stale, knownSince }: Explanation,
  { resource, subject, at, maxAge }: Asked,
): ExplanationView {
  return {
    ...presentDecision({ resource, ...decision }),
    customer: customerName(subject),
    at: iso(at),
    summary: sayDecision(decision, resource, { supports, missing, at }),
    supported_by: supports.map(presentSupport),
    missing: missing.map(presentMissing),
    because: causes.map(presentCause),
    caches: {
      could_differ: stale !== null,
      until: stale && iso(stale.until),
      changed_at: stale && iso(stale.changedAt),
      max_age: maxAge,
    },
    complete: knownSince !== undefined && at >= knownSince,
    complete_since: knownSince === undefined ? null : iso(knownSince),
  };
}

function presentSupport(support: Support): SupportView {
  const { resources, from, until, isAwaited } = support;
  return {
    ...presentRow(support),
    source: support.kind === 'own_grant' ? 'app' : 'polar',
    resources,
    from: from === null ? null : iso(from),
    until: until === null ? null : iso(until),
    is_awaited: isAwaited,
  };
}

function presentMissing(missing: Missing): MissingView {
  const { why, of, paymentId, product, status, takenBack = [], since } = missing;
  return {
    why,
    text: sayMissing(missing),
    of: of ? presentRow(of) : null,
    payment_id: paymentId ?? of?.paymentId ?? null,
    product: product ?? null,
    status: status ?? null,
    taken_back: takenBack,
    since: since === undefined || since === 0 ? null : iso(since),
  };
}

function presentRow(row: Named) {
  return {
    kind: row.kind,
    id: row.id,
    payment_id: row.paymentId,
    product_id: row.productId,
    benefit_id: row.benefitId,
    order_id: row.orderId,
    subscription_id: row.subscriptionId,
    member_id: row.memberId,
  };
}

function presentCause({ at, type, event, object }: Cause): CauseView {
  const polar =
    event?.polarEventId != null && event.polarType !== null && event.receivedAt !== null
      ? { id: event.polarEventId, type: event.polarType, received_at: iso(event.receivedAt) }
      : null;
  return {
    at: iso(at),
    type,
    event_id: event?.id ?? null,
    occurred_at: event ? iso(event.occurredAt) : null,
    polar_event: polar,
    object,
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
