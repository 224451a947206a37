import { type PolarEndpoint } from '../base/polar-gateway.ts';
import type { createPolarCore } from '@polar-sh/sdk/2026-10';
import {
  createWebhookEndpointWebhooks,
  listWebhookEndpointsWebhooks,
  updateWebhookEndpointWebhooks,
} from '@polar-sh/sdk/2026-10/services/webhooks';
import * as z from 'zod/mini';

type Core = ReturnType<typeof createPolarCore>;
type NewEndpoint = Parameters<ReturnType<typeof createWebhookEndpointWebhooks>>[0];

/** A field that is not what Polar documents counts as wrong, so that the check shows it and can repair it. */
const endpointObject = z.looseObject({
  id: z.string(),
  url: z.string(),
  enabled: z.catch(z.boolean(), false),
  format: z.catch(z.string(), ''),
  events: z.catch(z.array(z.string()), []),
  secret: z.catch(z.string(), ''),
});

const PAGE_SIZE = 100;

/** Polar's webhook endpoints; an organization has a handful. @throws as the SDK does, or when they are not what Polar documents. */
export async function fetchEndpoints(core: Core): Promise<PolarEndpoint[]> {
  const answer: unknown = await listWebhookEndpointsWebhooks(core)({ limit: PAGE_SIZE });
  // An odd endpoint of somebody else's must not hide ours.
  return z
    .object({ items: z.array(z.unknown()) })
    .parse(answer)
    .items.flatMap((item) => endpointObject.safeParse(item).data ?? []);
}

/** Turns an endpoint on, for these Polar events, in the format that Floe reads. @throws as `fetchEndpoints` */
export async function enableEndpoint(
  core: Core,
  id: string,
  events: readonly string[],
): Promise<PolarEndpoint> {
  const endpoint = await updateWebhookEndpointWebhooks(core)(id, {
    enabled: true,
    format: 'raw',
    events: asEventTypes(events),
  });
  return endpointObject.parse(endpoint);
}

/**
 * Registers an endpoint. The secret is only offered: Polar's server accepts one of at least 32 characters, though its
 * OpenAPI does not say so any more. The answer has the secret that Polar uses, which may be another. @throws as
 * `fetchEndpoints`
 */
export async function registerEndpoint(
  core: Core,
  input: { url: string; secret: string; events: readonly string[] },
): Promise<PolarEndpoint> {
  const body: NewEndpoint & { secret: string } = {
    url: input.url,
    format: 'raw',
    events: asEventTypes(input.events),
    secret: input.secret,
  };
  return endpointObject.parse(await createWebhookEndpointWebhooks(core)(body));
}

/** The SDK knows the types of one version; an endpoint may have one that Polar added since. */
function asEventTypes(events: readonly string[]): NewEndpoint['events'] {
  return events as NewEndpoint['events'];
}
