import { checkHealth } from './check-health.ts';
import { type App, defineRoute, mount } from '../http/route.ts';

export const getHealth = defineRoute({
  method: 'get',
  path: '/health',
  auth: [],
});

export function mountHealth(app: App): void {
  mount(app, getHealth, async (c) => {
    const health = await checkHealth(c.get('services'));
    // Without these nothing is answered; without the others much is.
    const isUp = health.parts.d1 === 'ready' && health.parts.keys === 'ready';
    return c.json(health, isUp ? 200 : 503);
  });
}
