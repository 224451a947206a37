import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Context } from '../../context.ts';
import { webhookUrl } from './survey.ts';

/** Posts a body to a gateway as Polar does, signed as Standard Webhooks says. `secret`: of Polar's endpoint, as it stands. */
export function postSigned(
  context: Context,
  gateway: string,
  { id, secret, body }: { id: string; secret: string; body: string },
): Promise<Response> {
  const now = new Date(context.now());
  return context.fetch(webhookUrl(gateway), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      // Polar takes the bytes of the secret; the library wants base64.
      'webhook-signature': new Webhook(Buffer.from(secret).toString('base64')).sign(id, now, body),
    },
    body,
    signal: context.signal,
  });
}

/**
 * Whether a gateway knows a secret of Polar's endpoint: it refuses what is signed and no event in other words than what is not signed well. It keeps
 * neither. Undefined when it does not answer.
 */
export async function isSecretKnown(
  context: Context,
  gateway: string,
  secret: string,
): Promise<boolean | undefined> {
  const response = await postSigned(context, gateway, {
    id: `probe_${randomUUID()}`,
    secret,
    body: '{}',
  }).catch(() => {
    context.signal.throwIfAborted();
    return undefined;
  });
  if (response?.status === 401) return false;
  return response?.status === 422 ? true : undefined;
}
