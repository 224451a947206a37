import type { Callers } from './callers.ts';
import { childOf, type Chains, emailIn, type Named, textIn } from './chains.ts';
import type { NewHappening } from './happenings.ts';
import type { Masker } from './mask.rules.ts';
import type { Report } from './watch-worker.ts';

/* From a request at the gateway and its answer to what happened: a webhook, a checkout, an access answer, or just a request. */

interface Parts {
  chains: Chains;
  callers: Callers;
  masker: Masker;
}

/** Files and documentation are no news. */
const UNTOLD = /^\/(?:docs|kit|favicon\.ico|openapi\.json)(?:\/|$)/;

/** Undefined for what nobody wants to be told. */
export function readReport(parts: Parts, report: Report): NewHappening | undefined {
  const url = new URL(report.url);
  if (UNTOLD.test(url.pathname)) return undefined;
  const asked = readJson(report.asked);
  const answered = readJson(report.answered);
  const one: Seen = { parts, report, url, asked, answered };
  if (url.pathname === '/webhooks/polar' && report.method === 'POST') return webhook(one);
  if (/^\/v1\/access(?:\/(?:batch|forward-auth))?$/.test(url.pathname)) return access(one);
  learnSessions(one);
  if (isCheckout(one)) return checkout(one);
  return request(one);
}

interface Seen {
  parts: Parts;
  report: Report;
  url: URL;
  asked: Named;
  answered: Named;
}

const isFine = ({ status }: Report): boolean => status < 400;

function webhook({ parts, report, asked, answered }: Seen): NewHappening {
  const type = textIn(asked, 'type') ?? 'a webhook';
  const data = childOf(asked, 'data');
  const chain = parts.chains.ofObject(type, data);
  return {
    at: report.at,
    kind: 'webhook',
    what: type,
    whom: emailIn(data) ?? (chain === null ? null : (parts.chains.find(chain)?.email ?? null)),
    result: isFine(report)
      ? (textIn(answered, 'status') ?? String(report.status))
      : refusal(report, answered),
    ok: isFine(report),
    duration_ms: report.ms,
    payload: parts.masker.value(asked),
    chain,
  };
}

function access({ parts, report, url, asked, answered }: Seen): NewHappening {
  const caller = parts.callers.find(report.authorization);
  const customer = textIn(answered, 'customer');
  const chain = (customer === undefined ? null : parts.chains.ofCustomer(customer)) ?? caller?.chain ?? null;
  const results = Array.isArray(answered['results']) ? answered['results'] : undefined;
  const opened = results?.filter((each: unknown) => Reflect.get(Object(each), 'allow') === true).length;
  return {
    at: report.at,
    kind: 'access',
    what: textIn(answered, 'resource') ?? url.searchParams.get('resource') ?? url.pathname,
    whom: (chain === null ? undefined : parts.chains.find(chain)?.email) ?? customer ?? caller?.name ?? null,
    result:
      results === undefined
        ? (describeAccess(answered) ?? refusal(report, answered))
        : `${opened} of ${results.length} open`,
    ok: results === undefined ? answered['allow'] === true : opened === results.length,
    duration_ms: report.ms,
    payload: exchange({ parts, report, url, asked, answered }),
    chain,
  };
}

/** `open`, or why not; undefined when it is no answer about access. */
export function describeAccess({ allow, reason }: Named): string | undefined {
  if (allow === true) return 'open';
  return allow === false ? `closed: ${String(reason)}` : undefined;
}

function isCheckout({ report: { method, status }, url: { pathname } }: Seen): boolean {
  if (method === 'GET') return pathname.startsWith('/checkout/') && status === 303;
  return method === 'POST' && (pathname === '/v1/payments' || pathname === '/v1/checkout');
}

function checkout(seen: Seen): NewHappening {
  const { parts, report, url, answered } = seen;
  const url_ = textIn(answered, 'checkout_url') ?? textIn(answered, 'url') ?? report.location ?? undefined;
  const chain = isFine(report)
    ? parts.chains.ofObject('payment', { ...answered, ...(url_ === undefined ? {} : { checkout_url: url_ }) })
    : null;
  const purchase = chain === null ? undefined : parts.chains.find(chain);
  return {
    at: report.at,
    kind: 'checkout',
    what: purchase?.productName ?? `${report.method} ${url.pathname}`,
    whom: emailIn(answered) ?? parts.callers.find(report.authorization)?.name ?? null,
    result: isFine(report) ? 'opened' : refusal(report, answered),
    ok: isFine(report),
    duration_ms: report.ms,
    payload: exchange(seen),
    chain,
  };
}

function request(seen: Seen): NewHappening {
  const { parts, report, url, answered } = seen;
  const caller = parts.callers.find(report.authorization);
  const payment =
    url.searchParams.get('payment') ?? /\/v1\/payments\/(pay_\w+)/.exec(url.pathname)?.[1] ?? undefined;
  const chain = payment === undefined ? null : parts.chains.ofObject('payment', { id: payment });
  return {
    at: report.at,
    kind: 'request',
    what: `${report.method} ${url.pathname}`,
    whom: caller?.name ?? (chain === null ? undefined : parts.chains.find(chain)?.email) ?? null,
    result: isFine(report) ? String(report.status) : refusal(report, answered),
    ok: isFine(report),
    duration_ms: report.ms,
    payload: exchange(seen),
    chain: chain ?? caller?.chain ?? null,
  };
}

/** A session that was just given stands for its purchase or its customer from now on. */
function learnSessions({ parts, url, answered }: Seen): void {
  if (!url.pathname.startsWith('/v1/s')) return;
  const others: unknown[] = Array.isArray(answered['others']) ? answered['others'] : [];
  for (const each of [answered, ...others]) {
    const given: Named = { ...Object(each) };
    const token = textIn(given, 'session');
    if (token === undefined) continue;
    const subject = childOf(given, 'subject');
    const payment = textIn(subject, 'payment_id');
    const customer = textIn(subject, 'customer_id') ?? external(subject);
    const chain =
      (payment === undefined ? null : parts.chains.ofObject('payment', { id: payment })) ??
      (customer === undefined ? null : parts.chains.ofCustomer(customer));
    const email = chain === null ? undefined : parts.chains.find(chain)?.email;
    parts.callers.know(token, { name: email ?? customer ?? 'a session', chain });
  }
}

function external(subject: Named): string | undefined {
  const id = textIn(subject, 'external_id');
  return id === undefined ? undefined : `external:${id}`;
}

/** `409 already_subscribed`. */
function refusal({ status }: Report, answered: Named): string {
  const code = textIn(answered, 'code');
  return code !== undefined && /^[a-z_]{1,60}$/.test(code) ? `${status} ${code}` : String(status);
}

/** What was asked and answered, without secrets. */
function exchange({ parts: { masker }, report, url, asked, answered }: Seen): unknown {
  return {
    request: {
      method: report.method,
      url: masker.text(url.pathname + url.search),
      ...(report.asked === null ? {} : { body: masker.value(asked) }),
    },
    response: {
      status: report.status,
      ...(report.location === null ? {} : { location: masker.text(report.location) }),
      ...(report.answered === null ? {} : { body: masker.value(answered) }),
    },
  };
}

/** An object; empty for anything else, such as a body that was cut off. */
function readJson(text: string | null): Named {
  if (text === null) return {};
  try {
    return { ...Object(JSON.parse(text)) };
  } catch {
    return { cut_off: text.length };
  }
}
