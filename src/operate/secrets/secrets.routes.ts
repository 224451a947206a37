import * as z from 'zod/mini';
import { doerOf } from '../../http/doer.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import { line, mode } from '../../http/shapes.ts';
import { listSecrets, resealNow } from './list-secrets.ts';
import { withdrawSigningKey } from './withdraw-signing-key.ts';

export const getSecrets = defineRoute({ method: 'get', path: '/admin/secrets', auth: ['operator'] });
export const postReseal = defineRoute({ method: 'post', path: '/admin/secrets/reseal', auth: ['operator'] });
export const postWithdrawal = defineRoute({
  method: 'post',
  path: '/admin/secrets/withdraw',
  auth: ['operator'],
  body: z.strictObject({ mode, key: line(200) }),
});

export function mountSecrets(app: App): void {
  mount(app, getSecrets, async (c) => c.json(await listSecrets(c.get('services'))));
  mount(app, postReseal, async (c) => c.json(await resealNow(c.get('services'))));
  mount(app, postWithdrawal, async (c, { caller, body }) => {
    await withdrawSigningKey(c.get('services'), body, doerOf(c, caller));
    return c.json(await listSecrets(c.get('services')));
  });
}
