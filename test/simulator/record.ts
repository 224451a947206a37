/** Keeps every answer and event of a test run as JSON lines, for `npm run conformance`. */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

export type Recorded =
  | { kind: 'response'; method: string; path: string; status: number; body: unknown }
  | { kind: 'event'; type: string; payload: unknown }
  | { kind: 'behaviour'; name: string };

const folder = process.env['POLAR_RECORD_FOLDER'];
/** Several processes record at once. */
const file = folder && join(folder, `${process.pid}-${crypto.randomUUID()}.jsonl`);

export function record(what: Recorded): void {
  if (file) appendFileSync(file, `${JSON.stringify(what)}\n`);
}
