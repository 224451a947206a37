import { type App, defineRoute, mount } from '../../http/route.ts';
import { listSecrets, resealNow } from './list-secrets.ts';

export const getSecrets = defineRoute({ method: 'get', path: '/admin/secrets', auth: ['operator'] });
export const postReseal = defineRoute({ method: 'post', path: '/admin/secrets/reseal', auth: ['operator'] });

export function mountSecrets(app: App): void {
  mount(app, getSecrets, async (c) => c.json(await listSecrets(c.get('services'))));
  mount(app, postReseal, async (c) => c.json(await resealNow(c.get('services'))));
}
