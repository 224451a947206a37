import type { Context } from '../../context.ts';
import type { Finding } from '../../gateway/operator-api.ts';
import { fromOutside } from './finding.rules.ts';

const PATIENCE_MS = 15_000;
/** `Date` has whole seconds, and an answer takes its time. */
const MAX_DIFFERENCE_MS = 60_000;

/** Whether the gateway answers at the address that is asked, as one. `isThere`: it can be asked for more. */
export async function lookFromOutside(
  context: Context,
  gateway: string,
): Promise<{ isThere: boolean; findings: Finding[] }> {
  const askedAt = context.now();
  let response: Response;
  try {
    response = await context.fetch(`${gateway}/health`, {
      redirect: 'manual',
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
  } catch (error) {
    context.signal.throwIfAborted();
    return { isThere: false, findings: [describeNoAnswer(gateway, error)] };
  }
  const text = await response.text().catch(() => '');
  const wrong = describeAnswer(gateway, response, parse(text));
  if (wrong) return { isThere: false, findings: [wrong] };
  return {
    isThere: true,
    findings: compareClocks(gateway, response, { askedAt, answeredAt: context.now() }),
  };
}

/** Why nothing came: the codes of Node's, some of which it has from the system and some from OpenSSL. */
function describeNoAnswer(gateway: string, error: unknown): Finding {
  const { host, hostname } = new URL(gateway);
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA')
    return fromOutside(gateway, 'gateway_unknown_name', {
      severity: 'error',
      title: 'The gateway’s name has no address',
      target: hostname,
      detail: `${hostname} is not found in the DNS (${code}). A custom domain takes a few minutes the first time.`,
      mend: 'npx floe upgrade',
    });
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code))
    return fromOutside(gateway, 'gateway_tls', {
      severity: 'error',
      title: 'The gateway’s certificate is not accepted',
      target: hostname,
      detail: `The certificate of ${hostname} is not accepted (${code}). Polar and browsers accept it as little.`,
      mend: 'Look at the certificate of the domain at Cloudflare, under SSL/TLS.',
    });
  return fromOutside(gateway, 'gateway_unreachable', {
    severity: 'error',
    title: 'The gateway does not answer',
    target: host,
    detail: `Nothing answers at ${host}${code === '' ? '' : ` (${code})`}.`,
    mend: LOOPBACK.test(hostname) ? 'npm start' : 'npx floe upgrade',
  });
}

const LOOPBACK = /^(127\.|localhost$|\[::1\]$)/;

/** Fetch hides the cause in causes. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    if (cause.name === 'TimeoutError') return `after ${PATIENCE_MS / 1000} s`;
  }
  return '';
}

/** What is wrong with an answer of `/health`; undefined when it is a gateway's that can be asked for more. */
function describeAnswer(
  gateway: string,
  response: Response,
  body: Record<string, unknown>,
): Finding | undefined {
  const { status, headers } = response;
  const detail = typeof body['detail'] === 'string' ? body['detail'] : '';
  if (status >= 300 && status < 400) {
    const to = hostOf(gateway, headers.get('location'));
    return fromOutside(gateway, 'gateway_redirects', {
      severity: 'error',
      title: 'The gateway’s address leads to another one',
      target: gateway,
      detail: `${gateway} answers with a redirect (${status}) to ${to}. Polar follows none: its webhooks fail.`,
      mend: `Take the redirect of ${new URL(gateway).host} away, at Cloudflare under Rules.`,
    });
  }
  if (status === 421)
    return fromOutside(gateway, 'gateway_other_address', {
      severity: 'error',
      title: 'The gateway has another address',
      target: 'FLOE_URL',
      detail: `At ${gateway} a gateway answers that does not serve this host. ${detail}`,
      mend: 'npx floe profiles add NAME --gateway URL, with the address that it names; or set FLOE_URL and npx floe upgrade',
    });
  if (body['code'] === 'unavailable' && detail.startsWith(SETTINGS))
    return fromOutside(gateway, 'gateway_settings', {
      severity: 'error',
      title: 'The gateway’s settings are wrong, so it answers nothing',
      detail: detail.slice(SETTINGS.length),
      mend: 'npx wrangler secret put NAME, for each that is named',
    });
  if (typeof body['parts'] === 'object') return undefined;
  return fromOutside(gateway, 'gateway_foreign', {
    severity: 'error',
    title: 'Something else answers at the gateway’s address',
    target: gateway,
    detail: `${gateway}/health answers ${status}, and not as Floe does: another site, or something in front of it such as a login or a challenge.`,
    mend: 'Look at what is in front of the Worker at Cloudflare: its domain, Access, firewall rules.',
  });
}

/** How the gateway's own words begin, in src/http/answer-error.ts. */
const SETTINGS = 'Configuration: ';

function compareClocks(
  gateway: string,
  { headers }: Response,
  { askedAt, answeredAt }: { askedAt: number; answeredAt: number },
): Finding[] {
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return [];
  const ahead = askedAt - theirs - 1_000;
  const behind = theirs - answeredAt;
  const difference = Math.max(ahead, behind);
  if (difference <= MAX_DIFFERENCE_MS) return [];
  return [
    fromOutside(gateway, 'own_clock_differs', {
      severity: 'warning',
      title: 'This machine’s clock is wrong',
      detail: `This machine’s clock is ${Math.round(difference / 1000)} seconds ${ahead > behind ? 'ahead of' : 'behind'} the gateway’s. Webhooks that it verifies look too old.`,
      mend: 'Set this machine’s clock.',
    }),
  ];
}

function hostOf(base: string, location: string | null): string {
  if (location === null || !URL.canParse(location, base)) return 'nowhere';
  return new URL(location, base).origin;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
