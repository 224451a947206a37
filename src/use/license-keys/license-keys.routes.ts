import * as z from 'zod/mini';
import { maxAge } from '../../access/access.routes.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { doerOf } from '../../http/doer.ts';
import { whoIsAsked } from '../../http/asked.ts';
import { admitVisitor, type KeyHolder } from '../../http/caller.ts';
import type { Caller } from '../../http/identify-caller.ts';
import { addressOf } from '../../http/navigation.ts';
import { requireScope } from '../../http/require-caller.ts';
import { type App, type AppContext, defineRoute, mount } from '../../http/route.ts';
import { customer, instant, line, page, text, uuid, wholeNumber } from '../../http/shapes.ts';
import { activateKey } from './activate-key.ts';
import type { LicenseAnswer } from './ask-key.ts';
import { changeKey, getKey, removeActivationById } from './change-key.ts';
import { deactivateKey } from './deactivate-key.ts';
import type { Asker } from './guarded-question.ts';
import { MARKER } from './license-code.rules.ts';
import { listKeys } from './list-keys.ts';
import { presentCheck } from './present-license-key.ts';
import { validateKey } from './validate-key.ts';

/** A prefix and a UUID, and room for what a person pastes along. */
const MAX_KEY_CHARS = 256;
const MAX_LABEL_CHARS = 500;
/** Polar takes 50 keys; of an activation's `meta` one is the gateway's. */
export const MAX_VALUES = 50;
/** What Polar's database holds. */
const MAX_COUNT = 2_147_483_647;
const CONTROL = /[\p{Cc}\p{Surrogate}]/u;

/** Values that Polar compares or keeps, by name. */
export const values = (max: number) =>
  z
    .record(
      text(40).check(
        z.refine(
          (name) => name !== '' && !CONTROL.test(name),
          'Must have 1 to 40 characters, none of them a control character.',
        ),
      ),
      z.union(
        [
          text(500).check(
            z.minLength(1),
            z.refine((value) => !CONTROL.test(value), 'Must not contain control characters.'),
          ),
          z.int(),
          z.number(),
          z.boolean(),
        ],
        'Must be text of 1 to 500 characters, a number or a boolean.',
      ),
    )
    .check(z.refine((value) => Object.keys(value).length <= max, `Must have at most ${max} keys.`));

const meta = () =>
  values(MAX_VALUES - 1).check(
    z.refine((value) => !Object.hasOwn(value, MARKER), `The key ${MARKER} is the gateway’s own.`),
  );

export const licenseKeyText = () => line(MAX_KEY_CHARS);

export const postValidate = defineRoute({
  method: 'post',
  path: '/v1/license-keys/validate',
  auth: ['secret', 'publishable'],
  scope: 'license_keys:read',
  idempotent: true,
  body: z.strictObject({
    key: licenseKeyText(),
    activation_id: z.optional(uuid()),
    conditions: z._default(values(MAX_VALUES), {}),
    increment_usage: z._default(wholeNumber(0, MAX_COUNT), 0),
    benefit_id: z.optional(uuid()),
    max_age: maxAge(),
  }),
});

export const postActivate = defineRoute({
  method: 'post',
  path: '/v1/license-keys/activate',
  auth: ['secret', 'publishable'],
  scope: 'license_keys:write',
  idempotent: true,
  body: z.strictObject({
    key: licenseKeyText(),
    label: line(MAX_LABEL_CHARS),
    conditions: z._default(values(MAX_VALUES), {}),
    meta: z._default(meta(), {}),
  }),
});

export const postDeactivate = defineRoute({
  method: 'post',
  path: '/v1/license-keys/deactivate',
  auth: ['secret', 'publishable'],
  scope: 'license_keys:write',
  body: z.strictObject({ key: licenseKeyText(), activation_id: uuid() }),
});

/** Counts a customer, for whom Polar is asked. An app's server asks for many. */
const admitCustomer = async (c: AppContext, caller: Caller<'secret' | 'session'>): Promise<undefined> =>
  caller.kind === 'session' ? admitVisitor(c, 'license') : undefined;

const STATUSES = ['granted', 'revoked', 'disabled'] as const;
const status = () => z.enum(STATUSES, `Must be one of ${STATUSES.join(', ')}.`);

export const getLicenseKeys = defineRoute({
  method: 'get',
  path: '/v1/license-keys',
  auth: ['secret', 'session'],
  admit: admitCustomer,
  scope: 'license_keys:read',
  query: z.strictObject({
    customer: z.optional(customer()),
    benefit: z.optional(uuid()),
    status: z.optional(status()),
    ...page,
  }),
});

export const getOneLicenseKey = defineRoute({
  method: 'get',
  path: '/v1/license-keys/:id',
  auth: ['secret', 'session'],
  admit: admitCustomer,
  scope: 'license_keys:read',
  params: z.object({ id: uuid() }),
  query: z.strictObject({ reveal: z.optional(z.enum(['true', 'false'], 'Must be true or false.')) }),
});

export const patchLicenseKey = defineRoute({
  method: 'patch',
  path: '/v1/license-keys/:id',
  auth: ['secret'],
  scope: 'license_keys:write',
  params: z.object({ id: uuid() }),
  body: z
    .strictObject({
      status: z.optional(status()),
      usage: z.optional(wholeNumber(0, MAX_COUNT)),
      limit_usage: z.optional(z.nullable(wholeNumber(1, MAX_COUNT))),
      limit_activations: z.optional(z.nullable(wholeNumber(1, MAX_COUNT))),
      expires_at: z.optional(z.nullable(instant())),
    })
    .check(z.refine((body) => Object.keys(body).length > 0, 'Give at least one field to change.')),
});

export const deleteActivation = defineRoute({
  method: 'delete',
  path: '/v1/license-keys/:id/activations/:activation_id',
  auth: ['secret', 'session'],
  admit: admitCustomer,
  scope: 'license_keys:write',
  params: z.object({ id: uuid(), activation_id: uuid() }),
});

export function mountLicenseKeys(app: App): void {
  mount(app, postValidate, async (c, { caller, body, rawBody }) => {
    const incrementUsage = body.increment_usage;
    if (incrementUsage > 0 && caller.kind === 'secret')
      requireScope(caller, 'license_keys:write', 'increment_usage');
    const question = {
      benefitId: body.benefit_id,
      activationId: body.activation_id,
      conditions: body.conditions,
      incrementUsage,
    };
    const answer = await validateKey(
      c.get('services'),
      askerOf(c, caller),
      { key: body.key, question, maxAge: body.max_age },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return respond(c, caller, answer);
  });
  mount(app, postActivate, async (c, { caller, body, rawBody }) => {
    const answer = await activateKey(
      c.get('services'),
      askerOf(c, caller),
      body,
      { key: c.req.header('idempotency-key'), rawBody },
      serverOf(c, caller),
    );
    return respond(c, caller, answer);
  });
  mount(app, postDeactivate, async (c, { caller, body }) => {
    const wanted = { key: body.key, activationId: body.activation_id };
    const by = serverOf(c, caller);
    return respond(c, caller, await deactivateKey(c.get('services'), askerOf(c, caller), wanted, by));
  });
  mount(app, getLicenseKeys, async (c, { caller, query }) => {
    // A session speaks for its own customer.
    if (caller.kind === 'session') whoIsAsked(caller, { customer: query.customer }, 'query');
    return c.json(await listKeys(c.get('services'), caller, query));
  });
  mount(app, getOneLicenseKey, async (c, { caller, params, query }) => {
    const shown = { isRevealed: query.reveal === 'true', by: serverOf(c, caller) };
    return c.json(await getKey(c.get('services'), caller, params.id, shown));
  });
  mount(app, patchLicenseKey, async (c, { caller, params, body }) => {
    const { status: to, usage, limit_usage, limit_activations, expires_at } = body;
    const change = {
      status: to,
      usage,
      limitUsage: limit_usage,
      limitActivations: limit_activations,
      expiresAt: typeof expires_at === 'string' ? Date.parse(expires_at) : expires_at,
    };
    return c.json(await changeKey(c.get('services'), caller, params.id, change, doerOf(c, caller)));
  });
  mount(app, deleteActivation, async (c, { caller, params }) => {
    const which = { id: params.id, activationId: params.activation_id };
    await removeActivationById(c.get('services'), caller, which, serverOf(c, caller));
    return c.body(null, 204);
  });
}

function askerOf(c: AppContext, caller: KeyHolder): Asker {
  return { app: caller.app, kind: caller.kind, address: addressOf(c) };
}

/** An app's server, for the audit log, which says nothing of what buyers do. */
function serverOf(c: AppContext, caller: Caller<'secret' | 'publishable' | 'session'>): Doer | undefined {
  return caller.kind === 'secret' ? doerOf(c, caller) : undefined;
}

function respond(c: AppContext, caller: KeyHolder, answer: LicenseAnswer): Response {
  return c.json(presentCheck(answer, caller.kind));
}
