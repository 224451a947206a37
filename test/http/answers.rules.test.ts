import { expectTypeOf, test } from 'vitest';
import * as z from 'zod/mini';
import type { presentPayment } from '../../src/base/payment.rules.ts';
import type { payment } from '../../src/base/payment.answers.ts';
import type { run } from '../../src/compare/reconcile.answers.ts';
import type { presentRun } from '../../src/compare/reconcile.ts';
import type { presentPolarEvent } from '../../src/hear/list-polar-events.ts';
import type { polarEvent } from '../../src/hear/polar-events.answers.ts';
import { app } from '../../src/operate/apps.answers.ts';
import type { presentApp } from '../../src/operate/present-app.ts';
import type { presentOwnSession } from '../../src/people/present-session.ts';
import type { ownSession } from '../../src/people/sessions.answers.ts';
import type { presentSubscription } from '../../src/sell/subscriptions/present-subscription.ts';
import type { subscription } from '../../src/sell/subscriptions/subscriptions.answers.ts';
import type { delivery } from '../../src/tell/deliveries/deliveries.answers.ts';
import type { presentDelivery } from '../../src/tell/deliveries/list-deliveries.ts';
import type { endpoint } from '../../src/tell/endpoints/endpoints.answers.ts';
import type { presentEndpoint } from '../../src/tell/endpoints/present-endpoint.ts';

/* Held by the compiler: `npm run types` fails when one of these is not so. */

test('what presents an answer gives the output of the schema that describes it', () => {
  expectTypeOf<ReturnType<typeof presentPayment>>().toEqualTypeOf<z.output<typeof payment>>();
  expectTypeOf<ReturnType<typeof presentSubscription>>().toEqualTypeOf<z.output<typeof subscription>>();
  expectTypeOf<ReturnType<typeof presentRun>>().toEqualTypeOf<z.output<typeof run>>();
  expectTypeOf<ReturnType<typeof presentPolarEvent>>().toEqualTypeOf<z.output<typeof polarEvent>>();
  expectTypeOf<ReturnType<typeof presentApp>>().toEqualTypeOf<z.output<typeof app>>();
  expectTypeOf<ReturnType<typeof presentOwnSession>>().toEqualTypeOf<z.output<typeof ownSession>>();
  expectTypeOf<ReturnType<typeof presentDelivery>>().toEqualTypeOf<z.output<typeof delivery>>();
  expectTypeOf<ReturnType<typeof presentEndpoint>>().toEqualTypeOf<z.output<typeof endpoint>>();
});

test('a field that has another name in the description is a type error', () => {
  const renamed = z.extend(z.omit(app, { slug: true }), { nickname: z.string() });
  // @ts-expect-error -- an app has no `nickname`
  expectTypeOf<ReturnType<typeof presentApp>>().toExtend<z.output<typeof renamed>>();
});
