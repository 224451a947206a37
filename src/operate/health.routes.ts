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
    // Without D1 or the keys nothing works; without the other parts much still does.
    const isUp = health.parts.d1 === 'ready' && health.parts.keys === 'ready';
    return c.json(health, isUp ? 200 : 503);
  });
}
