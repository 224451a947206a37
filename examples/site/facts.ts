import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { TENANT_NAMES, type TenantName } from './tenants.ts';

/** Something the gateway told this site, with a signature that was checked. */
const fact = z.object({
  /** `webhook-id`: the same for every attempt. */
  id: z.string(),
  tenant: z.enum(TENANT_NAMES),
  type: z.string(),
  timestamp: z.string(),
  paymentId: z.nullable(z.string()),
  sequence: z.nullable(z.number()),
  receivedAt: z.string(),
});
export type ReceivedFact = z.infer<typeof fact>;

const FACTS_KEPT = 300;

export interface FactStore {
  /** A fact that is known already changes nothing: webhooks come at least once. */
  add(received: ReceivedFact): Promise<void>;
  /** Newest first. */
  of(tenant: TenantName): ReceivedFact[];
}

/** Keeps the newest facts in memory and, when a file is given, over restarts. */
export async function openFactStore(file: string | undefined): Promise<FactStore> {
  let facts = file === undefined ? [] : await load(file);
  let writing = Promise.resolve();
  return {
    async add(received) {
      if (facts.some((known) => known.id === received.id && known.tenant === received.tenant)) return;
      facts = [...facts, received].slice(-FACTS_KEPT);
      if (file === undefined) return;
      writing = writing.then(() => save(file, facts));
      await writing;
    },
    of: (tenant) =>
      facts
        .filter((each) => each.tenant === tenant)
        .toSorted((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0)),
  };
}

async function load(file: string): Promise<ReceivedFact[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const parsed = z.array(fact).safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : [];
}

async function save(file: string, facts: readonly ReceivedFact[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(facts));
  await rename(`${file}.new`, file);
}
