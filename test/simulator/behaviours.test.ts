import { expect, test } from 'vitest';
import type { Behaviour } from './behaviours/behaviour.ts';
import { BEHAVIOURS } from './behaviours/index.ts';
import { fill, mustRun, type Scene, stage } from './behaviours/situations.ts';
import { record } from './record.ts';

const PATHS = {
  checkout: '/v1/checkouts/{checkout}',
  order: '/v1/orders/{order}',
  subscription: '/v1/subscriptions/{subscription}',
  customer: '/v1/customers/{customer}',
  product: '/v1/products/{product}',
  benefit: '/v1/benefits/{benefit}',
  dispute: '/v1/disputes/{dispute}',
} as const;

test.each(BEHAVIOURS.map((each) => [`${each.section} ${each.what}`, each] as const))(
  '%s',
  async (name, each) => {
    const scene = await stage(each.given);
    for (const step of each.before ?? []) await mustRun(scene, step);
    scene.setting.heard();
    const { status, error } = await scene.run(each.when);
    const told = scene.setting.heard();
    // In one assertion, so that a difference shows all of it.
    expect({
      told,
      refused: status < 400 ? undefined : [status, error],
      afterwards: await read(scene, each),
    }).toMatchObject({
      told: each.told,
      refused: each.refused,
      afterwards: fill(each.afterwards ?? {}, scene.ids()),
    });
    record({ kind: 'behaviour', name });
  },
);

/** What a row looks at, read from the API. */
async function read(scene: Scene, { afterwards = {} }: Behaviour): Promise<Record<string, unknown>> {
  const ids = scene.ids();
  const get = async (path: string): Promise<unknown> =>
    (await scene.setting.api('GET', fill(path, ids))).json;
  const list = async (path: string) => ((await get(path)) as { items: Record<string, unknown>[] }).items;
  const found: Record<string, unknown> = {};
  for (const kind of Object.keys(afterwards) as (keyof typeof afterwards)[]) {
    if (kind === 'newest') [found[kind]] = await list('/v1/orders/?limit=1');
    else if (kind === 'refund')
      found[kind] = (await list('/v1/refunds/')).find((each) => each['id'] === ids['refund']);
    else if (kind === 'grants')
      found[kind] = (await list('/v1/benefit-grants/?sorting=created_at')).map(stateOf);
    else found[kind] = await get(PATHS[kind]);
  }
  return found;
}

function stateOf(grant: Record<string, unknown>): string {
  if (grant['is_granted'] === true) return 'granted';
  return grant['is_revoked'] === true ? 'revoked' : 'pending';
}
