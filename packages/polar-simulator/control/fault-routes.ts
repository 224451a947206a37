/** `/_sim/faults`: POST sets what it names, GET shows, DELETE clears. */

import type { Hono } from 'hono';
import { faultChange } from '../faults/settings.ts';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import type { World } from '../world.ts';
import { readJson } from './input.ts';

export function faultRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const shown = () => ({ ...world.faults.settings, so_far: world.faults.soFar });

  routes.get('/', (context) => context.json(shown()));

  routes.post('/', async (context) => {
    world.faults.set(await readJson(context, faultChange));
    return context.json(shown());
  });

  routes.delete('/', (context) => {
    world.faults.clear();
    return context.json(shown());
  });

  return routes;
}
