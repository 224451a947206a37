import { weighNo } from '../../packages/kit/noes.ts';
import type { Decision } from './access.rules.ts';
import { customerName, type Subject, subjectName, subjectOfSession } from '../base/subject.rules.ts';
import { askedFor, type PathRule } from './paths.rules.ts';
import { log } from '../base/log.ts';
import type { Services } from '../base/services.ts';
import { checkAccess } from './check-access.ts';
import { type Caller, identifyVisitor } from '../http/identify-caller.ts';

export interface ForwardedQuestion {
  /** The slug of the app whose site it is. */
  app: string;
  /** In the one spelling that is accepted (ADR 36). */
  path: string;
  rules: readonly PathRule[];
  /** The visitor's tokens, not verified yet; a few at most, since each may cost a check. */
  tokens: readonly string[];
  /** Seconds that a cached yes may be old. */
  maxAge: number;
}

export interface ForwardedAnswer {
  allow: boolean;
  reason: Decision['reason'] | 'public' | 'no_session' | 'path_refused';
  /** What the path needs; null when it is public or refused. */
  resource: string | null;
  /** Null when the visitor is not known, or need not be. */
  subject: string | null;
  customer: string | null;
  /** When the yes ends, milliseconds since 1970. */
  endsAt: number | null;
}

/** May the visitor with these tokens have this path of the app's site? @throws {Problem} `mode_not_configured` */
export async function decideForwarded(
  services: Services,
  { app, path, rules, tokens, maxAge }: ForwardedQuestion,
): Promise<ForwardedAnswer> {
  const asked = askedFor(path, rules);
  if (asked.kind === 'refused') return deny('path_refused', null);
  if (asked.kind === 'public') return { ...deny('public', null), allow: true };
  const { resource } = asked;
  let best = deny('no_session', resource);
  // A session that came with a purchase opens that purchase alone, so a browser may hold several. The first that opens
  // the path counts.
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
  let visitor: Caller<'session'> | undefined;
  try {
    visitor = await identifyVisitor(services, app, token);
  } catch (error) {
    // D1 could not be asked whose session this is. Another of the visitor's sessions may be remembered, and open the
    // path (ADR 35).
    log('error', 'a session could not be looked up', { app, error });
    return deny('unavailable', resource);
  }
  const subject = visitor && subjectOfSession(visitor.session);
  if (!visitor || !subject) return deny('no_session', resource);

  const check = { app: visitor.app, subject, resources: [resource], maxAge };
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
