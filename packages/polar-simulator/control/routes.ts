/** `/_sim`: what Polar has no API for. The clock, trouble, the books, and events of the outside world. */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { queryOf } from '../http/input.ts';
import { createOrganization } from '../life/organizations.ts';
import type { Runner } from '../runner.ts';
import { isoFromMs } from '../time.ts';
import type { World } from '../world.ts';
import { actionRoutes } from './action-routes.ts';
import type { ApiCall } from './api.ts';
import { books } from './books.ts';
import { faultRoutes } from './fault-routes.ts';
import { readJson, sameOrigin } from './input.ts';
import { controlPages } from './page-routes.ts';

const clockBody = z.object({ advance_ms: z.number().int().min(0) });

const organizationBody = z.object({
  slug: z.string().min(1),
  name: z.string().optional(),
  environment: z.enum(['production', 'sandbox']).optional(),
});

export function controlRoutes(world: World, runner: Runner, call: ApiCall): Hono<SimulatorEnv> {
  const routes = createRouter();
  const now = () => ({ now: isoFromMs(world.now()) });
  routes.use(sameOrigin());

  routes.get('/health', (context) => context.json({ status: 'ok', ...now() }));

  routes.get('/books', (context) =>
    context.json(books(world, queryOf(context).get('organization_id') ?? undefined)),
  );

  routes.get('/clock', (context) => context.json(now()));

  routes.post('/clock', async (context) => {
    const { advance_ms } = await readJson(context, clockBody);
    await runner.advance(advance_ms);
    return context.json(now());
  });

  routes.post('/settle', async (context) => {
    await runner.settle();
    return context.json(now());
  });

  routes.post('/organizations', async (context) => {
    const { slug, name, environment } = await readJson(context, organizationBody);
    const created = createOrganization(world, {
      slug,
      ...(name === undefined ? {} : { name }),
      ...(environment === undefined ? {} : { environment }),
    });
    return context.json({ id: created.id, slug: created.slug, access_token: created.accessToken }, 201);
  });

  routes.route('/faults', faultRoutes(world));
  routes.route('/', actionRoutes(world));
  routes.route('/', controlPages(world, runner, call));
  return routes;
}
