import { type App, defineRoute, mount } from '../http/route.ts';
import { POLAR_WEBHOOK_PATH, receivePolarWebhook } from './receive-polar-webhook.ts';

export const postPolarWebhook = defineRoute({
  method: 'post',
  path: POLAR_WEBHOOK_PATH,
  auth: [],
});

export function mountPolarWebhook(app: App): void {
  mount(app, postPolarWebhook, (c) => receivePolarWebhook(c.get('services'), c.req.raw));
}
