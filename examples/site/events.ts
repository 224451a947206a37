import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { TENANT_NAMES, type TenantName } from './tenants.ts';

/** Something the gateway told this site, with a signature that was checked. */
const event = z.object({
  /** `webhook-id`: the same for every attempt. */
  id: z.string(),
  tenant: z.enum(TENANT_NAMES),
  type: z.string(),
  timestamp: z.string(),
  paymentId: z.nullable(z.string()),
  sequence: z.nullable(z.number()),
  receivedAt: z.string(),
  /** The whole message as it came. */
  payload: z.optional(z.unknown()),
});
export type ReceivedEvent = z.infer<typeof event>;

const EVENTS_KEPT = 300;

export interface EventStore {
  /** An event that is known already changes nothing: webhooks come at least once. */
  add(received: ReceivedEvent): Promise<void>;
  /** Newest first. */
  of(tenant: TenantName): ReceivedEvent[];
}

/** Keeps the newest events in memory and, when a file is given, over restarts. */
export async function openEventStore(file: string | undefined): Promise<EventStore> {
  let events = file === undefined ? [] : await load(file);
  let writing = Promise.resolve();
  return {
    async add(received) {
      if (events.some((known) => known.id === received.id && known.tenant === received.tenant)) return;
      events = [...events, received].slice(-EVENTS_KEPT);
      if (file === undefined) return;
      writing = writing.then(() => save(file, events));
      await writing;
    },
    of: (tenant) =>
      events
        .filter((each) => each.tenant === tenant)
        .toSorted((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0)),
  };
}

async function load(file: string): Promise<ReceivedEvent[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const parsed = z.array(event).safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : [];
}

async function save(file: string, events: readonly ReceivedEvent[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(events));
  await rename(`${file}.new`, file);
}
