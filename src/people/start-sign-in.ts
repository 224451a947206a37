import type { StartedSignInView } from './sessions.answers.ts';
import { checkCallbackUrl } from '../http/callback-urls.rules.ts';
import { newId } from '../base/ids.rules.ts';
import { normalizeAddress, SIGN_IN_MINUTES } from './sign-in.rules.ts';
import { composeSignInMail, nameInMail } from './sign-in-mail.rules.ts';
import { log } from '../base/log.ts';
import type { Mail, Mailer } from '../base/mailer.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { runBatch } from '../base/db/database.rows.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { hashSecret, randomSecret } from '../base/secrets.ts';
import { admitMail, insertAttempt } from './sign-in.rows.ts';
import { hashGuess, randomCode } from './sign-in-secrets.rows.ts';
import { notePart } from '../base/note-part.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { hasRoom, noRoom } from '../polar/public-budget.ts';

const ROUTE = 'POST /v1/sign-in';

export interface SignInRequest {
  email: string;
  /** Where the mail's link leads; undefined: the mail has a code only. */
  returnUrl: string | undefined;
  /** Who will hold the session. An attempt that was begun by one holder cannot be finished by the other (ADR 33). */
  holder: SessionRow['holder'];
  /** The caller has no secret key. Anybody may ask so, and each request leaves a row. */
  isPublic: boolean;
}

export interface StartedSignIn {
  attempt: string;
  /** Only the browser that asked may have it. */
  browserToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/**
 * Begins to sign somebody in by mail. The answer and the work are the same for every address; behind the answer it is
 * looked up whether the address is known (trust rule 10). One D1 round trip, and one before it without a secret key.
 * @throws {Problem} `mail_not_configured`, `disallowed_url`, `rate_limited`
 */
export async function startSignIn(
  services: Services,
  app: AppRow,
  request: SignInRequest,
): Promise<StartedSignIn> {
  await takeRoom(services, app, request);
  const { started, commit, committed } = await prepare(services, app, request);
  await runBatch(services.database, commit);
  committed();
  return started;
}

/**
 * The same for an app, once for an `Idempotency-Key`: when an app repeats a request because the answer was lost, no
 * second mail is sent, and the code of the first one stays valid.
 * @throws {Problem} as `startSignIn`; see `withIdempotency`
 */
export async function startSignInOnce(
  services: Services,
  app: AppRow,
  request: SignInRequest,
  { key, rawBody }: { key: string | undefined; rawBody: string },
): Promise<{ body: unknown }> {
  await takeRoom(services, app, request);
  const once = {
    appId: app.id,
    route: ROUTE,
    key,
    fingerprint: () => fingerprintOf(ROUTE, rawBody),
    prefetch: [],
  };
  return withIdempotency(services, once, async () => {
    const { started, commit, committed } = await prepare(services, app, request);
    const body: StartedSignInView = {
      attempt: started.attempt,
      browser_token: started.browserToken,
      expires_at: new Date(started.expiresAt).toISOString(),
    };
    return { status: 202, body, commit, committed };
  });
}

/**
 * Takes room in the budget for all visitors together (ADR 56): each location counts visitors alone, and an attacker may
 * have any number of addresses. It is counted in D1 before anything is written, the kept answer included.
 * @throws {Problem} `mail_not_configured`, `rate_limited`
 */
async function takeRoom(services: Services, app: AppRow, { isPublic }: SignInRequest): Promise<void> {
  requireMailer(services);
  if (!isPublic || (await hasRoom(services, app, 'sign-in', 1))) return;
  throw noRoom('Too many codes were asked for. Try again in a few seconds.');
}

/** A new attempt: the statement that stores it, and the work to do behind the answer. */
async function prepare(services: Services, app: AppRow, request: SignInRequest) {
  const mailer = requireMailer(services);
  const returnUrl = readReturnUrl(services, app, request.returnUrl);
  const now = services.now();
  const id = newId('sia');
  const email = normalizeAddress(request.email);
  const browserToken = randomSecret();
  const [code, linkToken] = [randomCode(), randomSecret()];
  const hash = (kind: 'code' | 'link', value: string) =>
    hashGuess(services.config, { kind, attempt: id, browserToken, value });
  const expiresAt = now + SIGN_IN_MINUTES * 60_000;
  const attempt = insertAttempt(services.database, {
    id,
    appId: app.id,
    mode: app.mode,
    holder: request.holder,
    email,
    browserHash: await hashSecret(browserToken),
    codeHash: await hash('code', code),
    linkHash: await hash('link', linkToken),
    createdAt: now,
    expiresAt,
  });
  const mail = composeSignInMail({
    appName: app.name,
    code,
    // Browsers do not send the fragment: no server, log or Referer gets it, and a scanner that opens the link uses
    // nothing up.
    link: returnUrl === undefined ? null : `${returnUrl}#floe_sign_in=${id}.${linkToken}`,
    where: request.holder === 'gateway' ? new URL(services.config.url).host : null,
  });
  const committed = () =>
    services.waitUntil(
      mailOwner(services, mailer, app, { id, email, now, mail }).catch((error: unknown) =>
        log('error', 'a sign-in mail was not sent', { app: app.slug, attempt: id, error }),
      ),
    );
  return { started: { attempt: id, browserToken, expiresAt }, commit: [attempt], committed };
}

/** @throws {Problem} `mail_not_configured` */
export function requireMailer(services: Services): Mailer {
  if (!services.mailer) throw new Problem('mail_not_configured');
  return services.mailer;
}

async function mailOwner(
  services: Services,
  mailer: Mailer,
  app: AppRow,
  { mail, ...attempt }: { id: string; email: string; now: number; mail: Omit<Mail, 'to' | 'fromName'> },
): Promise<void> {
  const owner = await admitMail(services.database, app, attempt);
  if (!owner) return;
  try {
    await sendMail(mailer, { ...mail, to: owner.email, fromName: nameInMail(app.name) });
  } catch (error) {
    const kind = error instanceof MailNotTaken ? error.message : '';
    await notePart(services, 'mail', `The last mail was not taken${kind === '' ? '' : ` (${kind})`}.`);
    throw error;
  }
}

const RETRY_MS = 1_000;

/**
 * Somebody is waiting for the mail, so it is tried once more after a moment. If both arrive, they have the same code
 * (ADR 34).
 */
export async function sendMail(mailer: Mailer, mail: Mail): Promise<void> {
  try {
    await mailer.send(mail);
  } catch {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    await mailer.send(mail).catch((error: unknown) => {
      throw new MailNotTaken(error);
    });
  }
}

/**
 * Has the kind of the failure, but neither its text nor the error as its cause, since mailers put the address there.
 */
export class MailNotTaken extends Error {
  override readonly name = 'MailNotTaken';

  constructor(error: unknown) {
    const { name, code }: { name?: unknown; code?: unknown } = Object(error);
    super([name, code].filter((part) => typeof part === 'string' && /^\w{1,80}$/.test(part)).join(' '));
  }
}

function readReturnUrl(services: Services, app: AppRow, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const { development } = services.config;
  const checked = checkCallbackUrl(value, app.callbackUrls, { slug: app.slug, development });
  const message = !checked.ok
    ? checked.error
    : checked.value.includes('#')
      ? 'Must not have a fragment: the sign-in is put there.'
      : undefined;
  if (checked.ok && message === undefined) return checked.value;
  const path = 'body.return_url';
  throw new Problem('disallowed_url', {
    detail: `${path}: ${message}`,
    errors: [{ path, message: message ?? '' }],
  });
}
