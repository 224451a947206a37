import { weighNo } from '../../packages/kit/noes.ts';
import type { Decision } from './access.rules.ts';
import { customerName, type Subject, subjectName, subjectOfSession } from '../base/subject.rules.ts';
import { askedFor, type PathRule } from './paths.rules.ts';
import { log } from '../base/log.ts';
import type { Services } from '../base/services.ts';
import { readTokenKind } from '../base/secrets.ts';
import { checkAccess } from './check-access.ts';
import { identifyCaller, type Principal } from '../http/identify-caller.ts';

export interface ForwardedQuestion {
  /** The slug of the app whose site it is. */
  app: string;
  /** Canonical. */
  path: string;
  rules: readonly PathRule[];
  /** What the visitor holds, unproven; a few at most, since each may cost a check. */
  tokens: readonly string[];
  /** Seconds that a cached yes may be old. */
  maxAge: number;
}

export interface ForwardedAnswer {
  allow: boolean;
  reason: Decision['reason'] | 'public' | 'no_session' | 'path_refused';
  /** What was asked for; null when nothing was. */
  resource: string | null;
  /** Who asks; null when nobody is known, or needs to be. */
  subject: string | null;
  customer: string | null;
  /** When the yes ends, milliseconds since 1970. */
  endsAt: number | null;
}

/** May whoever holds these tokens have this path of the app's site? @throws {Problem} `mode_not_configured` */
export async function decideForwarded(
  services: Services,
  { app, path, rules, tokens, maxAge }: ForwardedQuestion,
): Promise<ForwardedAnswer> {
  const asked = askedFor(path, rules);
  if (asked.kind === 'refused') return deny('path_refused', null);
  if (asked.kind === 'public') return { ...deny('public', null), allow: true };
  const { resource } = asked;
  let best = deny('no_session', resource);
  // A session that came with a purchase is for that alone: a browser may hold several, and the first that opens it counts.
  for (const token of tokens) {
    const answer = await decideOne(services, { app, resource, token, maxAge });
    if (answer.allow) return answer;
    if (weighNo(answer.reason) > weighNo(best.reason)) best = answer;
  }
  return best;
}

async function decideOne(
  services: Services,
  question: { app: string; resource: string; token: string; maxAge: number },
): Promise<ForwardedAnswer> {
  const { app, resource, token, maxAge } = question;
  // Only a session speaks for a visitor. A key in a cookie would be a mistake, and nobody's permission.
  const isSession = readTokenKind(token)?.kind === 'session';
  let principal: Principal | undefined;
  try {
    principal = isSession ? await identifyCaller(services, token) : undefined;
  } catch (error) {
    // Whose it is nobody knows now; of the visitor's other sessions one may be known and open it.
    log('error', 'a session could not be looked up', { app, error });
    return deny('unavailable', resource);
  }
  // Another app's session is none here: what the site shows is decided by its own shop alone.
  if (principal?.kind !== 'session' || principal.app.slug !== app) return deny('no_session', resource);
  const subject = subjectOfSession(principal.session);
  if (!subject) return deny('no_session', resource);

  const check = { app: principal.app, subject, resources: [resource], maxAge };
  const [decision] = (await checkAccess(services, check)).decisions;
  if (!decision) throw new Error('a check without an answer');
  return { ...decision, ...nameSubject(subject) };
}

function nameSubject(subject: Subject): Pick<ForwardedAnswer, 'subject' | 'customer'> {
  return { subject: subjectName(subject), customer: customerName(subject) };
}

function deny(reason: ForwardedAnswer['reason'], resource: string | null): ForwardedAnswer {
  return { allow: false, reason, resource, subject: null, customer: null, endsAt: null };
}
