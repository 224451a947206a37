import * as z from 'zod/mini';
import { payment } from '../base/payment.answers.ts';
import { list, timestamp } from '../http/shapes.ts';

/* What the routes of sessions and of signing in answer. */

const nullableText = z.nullable(z.string());

/** Who a session speaks for. */
export const subject = z.object({
  payment_id: nullableText,
  customer_id: nullableText,
  external_id: nullableText,
  member_id: nullableText,
});
export type SubjectView = z.output<typeof subject>;

/** A session as it is shown once, with its token. */
export const newSession = z.object({ session: z.string(), expires_at: timestamp, subject });
export type NewSessionView = z.output<typeof newSession>;

const session = z.object({
  id: z.string(),
  proof: z.enum(['purchase', 'app', 'email']),
  email: nullableText,
  browser: nullableText,
  holder: z.enum(['app', 'gateway']),
  created_at: timestamp,
  expires_at: timestamp,
  subject,
});
export type SessionView = z.output<typeof session>;

export const ownSession = z.object({ app: z.string(), ...session.shape });
export type OwnSessionView = z.output<typeof ownSession>;

export const listedSession = z.extend(session, { current: z.boolean() });
export type ListedSessionView = z.output<typeof listedSession>;
export const sessionList = list(listedSession);

export const endedSessions = z.object({ ended: z.int() });
export type EndedSessionsView = z.output<typeof endedSessions>;

/** Who a session speaks for that began at a checkout. */
export const buyer = z.object({ payment_id: z.string(), customer_id: nullableText });

export const exchanged = z.object({
  session: z.string(),
  expires_at: timestamp,
  subject: buyer,
  payment,
});
export type ExchangedView = z.output<typeof exchanged>;

export const startedSignIn = z.object({
  attempt: z.string(),
  browser_token: z.string(),
  expires_at: timestamp,
});
export type StartedSignInView = z.output<typeof startedSignIn>;

export const signedIn = z.extend(newSession, {
  replaced: z.boolean(),
  others: z.array(newSession).check(z.maxLength(3)),
});
export type SignedInView = z.output<typeof signedIn>;
