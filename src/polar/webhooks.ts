import { webhooks } from '@polar-sh/sdk/2026-10';
import type { Config } from '../base/config.ts';
import { parseJson } from '../base/json.rules.ts';
import { type Mode, MODES } from '../base/mode.rules.ts';
import { envelope } from './objects.rules.ts';

export type Verified =
  | {
      ok: true;
      mode: Mode;
      webhookId: string;
      type: string;
      timestamp: string;
      data: Record<string, unknown>;
    }
  | { ok: false; reason: 'signature' | 'shape' };

/**
 * Verifies a webhook of Polar's: Standard Webhooks headers, 300 s tolerance, both of Polar's key derivations, every
 * secret of every mode. The secret that verifies it also says the mode. A type that the SDK does not know is verified
 * like any other (invariant 8).
 */
export async function verifyWebhook(config: Config, headers: Headers, body: string): Promise<Verified> {
  const signed = {
    'webhook-id': headers.get('webhook-id') ?? '',
    'webhook-timestamp': headers.get('webhook-timestamp') ?? '',
    'webhook-signature': headers.get('webhook-signature') ?? '',
  };
  for (const mode of MODES) {
    for (const secret of config.modes[mode]?.webhookSecrets ?? []) {
      if (!(await verifies(body, signed, secret))) continue;
      const parsed = envelope().safeParse(readBody(body));
      if (!parsed.success) return { ok: false, reason: 'shape' };
      const { type, timestamp, data } = parsed.data;
      return { ok: true, mode, webhookId: signed['webhook-id'], type, timestamp, data };
    }
  }
  return { ok: false, reason: 'signature' };
}

async function verifies(
  body: string,
  headers: Parameters<typeof webhooks.validateEvent>[1],
  secret: string,
): Promise<boolean> {
  try {
    await webhooks.validateEvent(body, headers, secret);
    return true;
  } catch (error) {
    if (error instanceof webhooks.PolarWebhookVerificationError) return false;
    // Thrown only after the signature was found good: an unknown type, or a body that is not JSON.
    if (error instanceof webhooks.PolarWebhookError) return true;
    throw error;
  }
}

function readBody(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

const ID = /^[\da-f-]{36}$/;

/** The organizations that a Polar event's object names, itself or in a part of it. Members and seats name none. */
export function readOrganizationIds(type: string, data: Record<string, unknown>): string[] {
  const holders = [data, data['customer'], data['product'], data['benefit'], data['discount']];
  const named = holders.flatMap((holder): unknown[] =>
    typeof holder === 'object' && holder !== null && 'organization_id' in holder
      ? [holder.organization_id]
      : [],
  );
  const own = type.startsWith('organization.') ? [data['id']] : [];
  // A value that is no id is ignored, so that one odd value does not keep a paid order from being applied.
  return [...own, ...named].filter((id): id is string => typeof id === 'string' && ID.test(id));
}
