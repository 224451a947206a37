import type { World } from '../../harness/harness.ts';
import type { Living, Place } from './living.ts';
import type { Said } from './polar-log.ts';

/* What Polar wants to tell the gateway, held back by the world, and to whose life it belongs. */

export interface Webhook {
  id: string;
  body: string;
  said: Said;
}

/** The webhooks that were held since, by life, in Polar's order. Those of no life (of products) are left out. */
export async function takeHeld(world: World, lives: readonly Living[]): Promise<Map<Living, Webhook[]>> {
  const byLife = new Map<Living, Webhook[]>();
  for (const request of world.held.splice(0)) {
    const body = await request.text();
    const said = JSON.parse(body) as Said;
    const living = lives.find((each) => namesOf(each).some((name) => body.includes(name)));
    if (!living) continue;
    const webhooks = byLife.get(living) ?? [];
    byLife.set(living, webhooks);
    webhooks.push({ id: request.headers.get('webhook-id') ?? '', body, said });
  }
  return byLife;
}

/** What only a life's own webhooks have in them: a checkout that nobody has paid names its payment. */
function namesOf({ email, customerId, happenings }: Living): string[] {
  const payments = happenings.flatMap((happening) => (happening.do === 'start' ? [happening.payment] : []));
  return [`"${email}"`, ...(customerId === null ? [] : [customerId]), ...payments];
}

/** Delivers one as Polar does, signed now, and does what the gateway leaves for its queue. */
export async function deliver({ world, gateway }: Place, { id, body }: Webhook): Promise<number> {
  const headers = await world.simulator.sign(world.polarEndpoints.sandbox, id, body, Date.now());
  const { status } = await gateway.call('POST', '/webhooks/polar', { rawBody: body, headers });
  await gateway.work();
  return status;
}
