import { MODES } from '../domain/mode.ts';
import { type App, defineRoute, mount } from '../route.ts';
import type { Services } from '../services.ts';

export const getHealth = defineRoute({
  method: 'get',
  path: '/health',
  auth: [],
});

export function mountHealth(app: App): void {
  mount(app, getHealth, async (c) => {
    const services = c.get('services');
    const [d1, kv] = await Promise.all([
      answers(() => services.env.DB.prepare('select 1').run()),
      answers(() => services.entitlements.get('health')),
    ]);
    const polar = Object.fromEntries(
      MODES.map((mode) => [mode, services.config.modes[mode] ? 'ready' : 'not_configured']),
    );
    const status = d1 === 'ready' && kv === 'ready' ? 'ready' : 'degraded';
    return c.json(
      { status, parts: { d1, kv, queue: queueState(services), mail: mailState(services), polar } },
      d1 === 'ready' ? 200 : 503,
    );
  });
}

async function answers(ask: () => Promise<unknown>): Promise<'ready' | 'unavailable'> {
  try {
    await ask();
    return 'ready';
  } catch {
    return 'unavailable';
  }
}

/** A queue cannot be asked without sending: bound is all that can be known. */
function queueState(services: Services): 'ready' | 'not_configured' {
  return services.env.WORK ? 'ready' : 'not_configured';
}

function mailState(services: Services): 'ready' | 'not_configured' {
  return services.mailer ? 'ready' : 'not_configured';
}
