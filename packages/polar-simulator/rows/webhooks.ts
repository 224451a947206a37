/** Webhook endpoints, events and deliveries. */

import type { models } from '@polar-sh/sdk/2026-10';

/** `uses_standard_webhook_signature`: false signs with the whole secret's bytes, true with what its base64 says. */
export type EndpointRow = Omit<models.WebhookEndpoint, 'api_version'>;

export interface EventRow {
  id: string;
  created_at: string;
  endpoint_id: string;
  organization_id: string;
  type: models.WebhookEventType;
  body: string;
  attempts: number;
  last_http_code: number | null;
  /** null until the event is finished: delivered, or out of tries. */
  succeeded: boolean | null;
  skipped: boolean;
  is_archived: boolean;
}

export interface DeliveryRow {
  id: string;
  created_at: string;
  event_id: string;
  endpoint_id: string;
  succeeded: boolean;
  http_code: number | null;
  response: string | null;
}
