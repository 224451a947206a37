import * as z from 'zod/mini';
import type { FeatureValue, FeatureValues } from '../packages/kit/claims.ts';
import type {
  RpcCheck,
  RpcCheckAnswer,
  RpcEntitlementsAnswer,
  RpcRefusal,
  RpcSessionAnswer,
  RpcWho,
} from '../packages/kit/rpc.ts';
import { RETRY_SECONDS } from './access/access.rules.ts';
import {
  customerName,
  type Named,
  namesBesideSession,
  readNamed,
  readOwn,
  type Subject,
  subjectName,
  subjectOfSession,
} from './base/subject.rules.ts';
import type { Bindings } from './base/config.ts';
import { roundNumber } from './base/json.rules.ts';
import { checkAccess } from './access/check-access.ts';
import { findBoundApp } from './http/find-bound-app.ts';
import { type Caller, identifyVisitor } from './http/identify-caller.ts';
import { listEntitlements } from './access/list-entitlements.ts';
import { log } from './base/log.ts';
import { Problem } from './base/problem.ts';
import { maxAge, MAX_RESOURCES, resource } from './access/access.routes.ts';
import { customer, line, text, uuid } from './http/shapes.ts';
import type { Services } from './base/services.ts';
import { createServices } from './wiring.ts';
import type { AppRow, SessionRow } from './base/db/schema.rows.ts';

/*
 * Calls from other Workers of the account, without HTTP. The binding's props are trusted like a secret key, since only
 * people who may deploy to the account can write them; arguments are trusted only to name a customer of that app (ADR
 * 37).
 */

const props = z.strictObject({ app: line(80) });
const token = () => text(200);
const whoFields = {
  customer: z.optional(customer()),
  member: z.optional(uuid()),
  session: z.optional(token()),
};
const who = z.strictObject(whoFields);
const check = z
  .strictObject({
    ...whoFields,
    resource: z.optional(resource()),
    resources: z.optional(
      z
        .array(resource())
        .check(z.minLength(1), z.maxLength(MAX_RESOURCES, `Must have at most ${MAX_RESOURCES} resources.`)),
    ),
    maxAge: maxAge(),
  })
  .check(
    z.refine(
      (given) => (given.resource === undefined) !== (given.resources === undefined),
      'Ask for either a resource or resources.',
    ),
  );

/** What the entrypoint has of its Worker. */
interface Invocation {
  env: Bindings;
  ctx: ExecutionContext;
}

export async function answerCheck({ env, ctx }: Invocation, question: RpcCheck): Promise<RpcCheckAnswer> {
  const answer = await answerFor(env, ctx, async (services, slug) => {
    const { resource: one, resources = [one ?? ''], maxAge: age, ...named } = parse(check, question);
    const { app, subject } = await findAsked(services, slug, named);
    const { decisions, token: signed } = await checkAccess(services, {
      app,
      subject,
      resources,
      maxAge: age,
    });
    const refused = decisions.find(({ allow }) => !allow);
    const retries = decisions.some(({ reason }) => reason === 'pending_payment' || reason === 'unavailable');
    return {
      allow: refused === undefined,
      reason: refused?.reason ?? 'granted',
      results: decisions.map(({ endsAt, values, ...decision }) => ({
        ...decision,
        expiresAt: toIso(endsAt),
        ...plainValues(values),
      })),
      customer: customerName(subject),
      token: signed,
      ...(retries ? { retryAfter: RETRY_SECONDS } : {}),
    } satisfies RpcCheckAnswer;
  });
  if (!('ok' in answer)) return answer;
  const { ok: _, ...refusal } = answer;
  return { allow: false, results: [], customer: null, token: null, ...refusal };
}

export function answerSession({ env, ctx }: Invocation, value: string): Promise<RpcSessionAnswer> {
  return answerFor(env, ctx, async (services, slug) => {
    const { session } = await findSession(services, slug, parse(token(), value));
    const subject = subjectOf(session);
    return {
      ok: true,
      subject: subjectName(subject),
      customer: customerName(subject),
      expiresAt: new Date(session.expiresAt).toISOString(),
    };
  });
}

export function answerEntitlements({ env, ctx }: Invocation, named: RpcWho): Promise<RpcEntitlementsAnswer> {
  return answerFor(env, ctx, async (services, slug) => {
    const { app, subject } = await findAsked(services, slug, parse(who, named));
    const { entitlements, token: signed } = await listEntitlements(services, app, subject);
    return {
      ok: true,
      customer: customerName(subject),
      entitlements: entitlements.map(({ name, endsAt, values }) => ({
        name,
        expiresAt: toIso(endsAt),
        ...plainValues(values),
      })),
      token: signed,
    };
  });
}

/** A refusal that the caller is told. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: RpcRefusal;
  constructor(reason: RpcRefusal['reason'], message?: string) {
    super(reason);
    this.refusal = { ok: false, reason, ...(message === undefined ? {} : { message }) };
  }
}

/**
 * Answers for the binding's app.
 */
async function answerFor<T>(
  env: Bindings,
  ctx: ExecutionContext,
  answer: (services: Services, slug: string) => Promise<T>,
): Promise<T | RpcRefusal> {
  try {
    const bound = props.safeParse(ctx.props);
    if (!bound.success)
      throw new Refused('misconfigured', 'The binding’s props must be { app: "<the app’s slug>" } alone.');
    return await answer(createServices(env, ctx), bound.data.app);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    if (error instanceof Problem && error.code === 'not_found')
      return new Refused('misconfigured', 'There is no app of the slug in the binding’s props.').refusal;
    if (error instanceof Problem && error.code === 'mode_not_configured')
      return new Refused('misconfigured', 'The gateway has no settings for the mode of the app in the props.')
        .refusal;
    // The cause is only logged, since it may contain what the caller must not see.
    log('error', 'a binding’s question could not be answered', { error });
    return { ok: false, reason: 'unavailable', retryAfter: RETRY_SECONDS };
  }
}

function parse<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refused('invalid', [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
}

/** @throws {Refused} @throws {Problem} `not_found` when there is no such app */
async function findAsked(
  services: Services,
  slug: string,
  named: Named & { session?: string | undefined },
): Promise<{ app: AppRow; subject: Subject }> {
  const { session: value, ...names } = named;
  if ((names.customer === undefined) === (value === undefined))
    throw new Refused('invalid', 'Name either a customer or a session.');
  // Before the session is looked up: a slip of the caller's is told as one, whatever the session is and D1 does.
  const wrong = value === undefined ? undefined : namesBesideSession(names);
  if (wrong) throw new Refused('invalid', `${wrong.field}: ${wrong.message}`);
  const visitor = value === undefined ? undefined : await findSession(services, slug, value);
  const asked = visitor ? readOwn(visitor.session, names) : readNamed(names);
  if (!asked.ok) throw new Refused('invalid', `${asked.error.field}: ${asked.error.message}`);
  if (!asked.value) throw new Refused('no_session');
  return { app: visitor?.app ?? (await findBoundApp(services, slug)), subject: asked.value };
}

/**
 * A live session of the binding's app. Its row names the app, so no other read is needed. @throws {Refused}
 * `no_session`
 */
async function findSession(services: Services, slug: string, value: string): Promise<Caller<'session'>> {
  const visitor = await identifyVisitor(services, slug, value);
  if (!visitor) throw new Refused('no_session');
  return visitor;
}

function subjectOf(session: SessionRow): Subject {
  const subject = subjectOfSession(session);
  if (!subject) throw new Refused('no_session');
  return subject;
}

/** Values are JavaScript's here, as whoever reads the token has them: an answer is no text that keeps digits (ADR 48). */
function plainValues(values: FeatureValues | undefined): { values?: FeatureValues } {
  if (!values) return {};
  const plain = Object.entries(values).map(([name, value]) => [name, roundNumber(value) as FeatureValue]);
  return { values: Object.fromEntries(plain) as FeatureValues };
}

/** Whole seconds, as in the token. */
function toIso(time: number | null): string | null {
  return time === null ? null : new Date(Math.floor(time / 1000) * 1000).toISOString();
}
