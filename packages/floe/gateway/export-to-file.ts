import { Option } from '@commander-js/extra-typings';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { VERSION } from '../version.ts';
import { openGateway } from './client.ts';
import { csvRecords, ndjsonRecords } from './records.rules.ts';

export interface ExportOptions {
  app?: string | undefined;
  output: string;
  format: 'csv' | 'ndjson';
}

export const outputOption = () =>
  new Option('--output <file>', 'the file, which must not be there yet').makeOptionMandatory();
export const formatOption = () =>
  new Option('--format <format>').choices(['csv', 'ndjson'] as const).default('csv' as const);

/** What one response has at most; the next one goes on behind it. */
const ROWS_A_RESPONSE = 200_000;
/** How often in a row a connection may break without a new row. */
const TRIES = 5;
const PAUSE_MS = 2_000;

/**
 * Writes an export to a new file, whatever its length, and goes on behind the last complete row where a connection breaks.
 * @throws {CliError} when the file is there, or the gateway refuses or cannot be reached; no file is left then
 */
export async function exportToFile(
  context: Context,
  what: 'payments' | 'refunds' | 'subscriptions' | 'customers',
  query: Readonly<Record<string, string>>,
  { app, output, format }: ExportOptions,
): Promise<void> {
  const gateway = await openGateway(context);
  const { secretKey } = gateway.chooseApp(app);
  const file = path.resolve(context.cwd, output);
  const handle = await open(file, 'wx').catch((cause: unknown) => {
    throw new CliError(EXIT.usage, `${file} cannot be made.`, { hint: 'Give another --output.', cause });
  });
  const progress = { rows: 0, after: undefined as string | undefined, hasHead: false };
  try {
    await context.out.step(`The ${what}`, async () => {
      for (let tries = 1, isWhole = false; !isWhole;) {
        const before = progress.rows;
        try {
          isWhole = await writePart(progress.after);
          tries = 1;
        } catch (error) {
          if (error instanceof CliError || context.signal.aborted) throw error;
          tries = progress.rows > before ? 1 : tries + 1;
          if (tries > TRIES)
            throw new CliError(EXIT.unavailable, 'The connection breaks again and again.', { cause: error });
          await context.sleep(PAUSE_MS);
        }
      }
    });
    if (format === 'ndjson')
      await handle.write(`${JSON.stringify({ end: true, rows: progress.rows, next: null })}\n`);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  context.out.result({ file, rows: progress.rows }, `Written: ${file} (rows: ${progress.rows}).`);

  /** Writes what one response has. Whether nothing comes behind it. @throws when it breaks off */
  async function writePart(after: string | undefined): Promise<boolean> {
    const parameters = new URLSearchParams({
      ...query,
      format,
      limit: String(ROWS_A_RESPONSE),
      ...(after === undefined ? {} : { after }),
    });
    const response = await context.fetch(`${gateway.profile.gateway}/v1/${what}/export?${parameters}`, {
      headers: { authorization: `Bearer ${secretKey}`, 'user-agent': `floe/${VERSION}` },
      signal: context.signal,
    });
    if (!response.ok || response.body === null) throw await refusal(response);
    const records = format === 'csv' ? csvRecords() : ndjsonRecords();
    let isHead = format === 'csv' && after === undefined;
    const before = progress.rows;
    let rows = 0;
    let next: unknown;
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      let kept = '';
      let last = progress.after;
      for (const record of records.take(piece)) {
        const id = records.idOf(record);
        if (id === undefined) {
          ({ next } = Object(JSON.parse(record)) as { next?: unknown });
          continue;
        }
        if (isHead) {
          isHead = false;
          if (!progress.hasHead) kept += record;
          continue;
        }
        kept += record;
        rows++;
        last = id;
      }
      await handle.write(kept);
      progress.hasHead ||= kept !== '';
      // What is not in the file is asked for again.
      progress.after = last;
      progress.rows = before + rows;
    }
    if (records.isOpen() || (format === 'ndjson' && next === undefined)) throw new Error('It is not whole.');
    // A filter may have looked at many rows and found none behind the last one.
    if (typeof next === 'string') progress.after = next;
    return format === 'csv' ? rows < ROWS_A_RESPONSE : next === null;
  }
}

async function refusal(response: Response): Promise<Error> {
  // The gateway may be starting, or away for a moment: that is tried again.
  if (response.status >= 500) return new Error(`It answered ${response.status}.`);
  const { title, detail = title } = Object(await response.json().catch(() => ({}))) as Record<
    string,
    unknown
  >;
  return new CliError(EXIT.refused, typeof detail === 'string' ? detail : `It answered ${response.status}.`);
}
