import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { second } from '../../words/times.rules.ts';

interface Options extends AppOptions {
  output?: string | undefined;
}

/** Polar makes a document in a few seconds. */
const BETWEEN_MS = 3_000;
const TRIES = 20;
const DOWNLOAD_MS = 60_000;

/** Prints where a payment's invoice or receipt is, or writes it to a file. */
export async function getDocument(
  context: Context,
  kind: 'invoice' | 'receipt',
  id: string,
  { app, output }: Options,
): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(app);
  const document = await out.step(`The ${kind}`, async () => {
    for (let tries = 1; tries <= TRIES; tries++) {
      const { url, expires_at } = await call(`GET /v1/payments/{id}/${kind}`, { params: { id } });
      if (url !== null) return { url, expires_at };
      await context.sleep(BETWEEN_MS);
    }
    throw new CliError(EXIT.unavailable, `Polar is still making the ${kind}.`, {
      hint: 'Type the same again in a minute.',
    });
  });
  if (output === undefined) {
    out.result(document, document.url);
    out.note(
      `Whoever has this address can open it${document.expires_at === null ? '' : ` until ${second(document.expires_at)}`}.`,
    );
    return;
  }
  const file = path.resolve(context.cwd, output);
  await download(context, document.url, file);
  out.result({ file }, `Written to ${file}.`);
}

async function download({ fetch, signal }: Context, url: string, file: string): Promise<void> {
  const failed = (cause: unknown) =>
    new CliError(EXIT.unavailable, 'The file could not be downloaded.', {
      hint: 'Type the same again.',
      cause,
    });
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_MS)]),
  }).catch((error: unknown) => {
    throw failed(error);
  });
  if (!response.ok || response.body === null) throw failed(`It answered ${response.status}.`);
  try {
    await writeFile(file, response.body, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new CliError(EXIT.usage, `${file} is there already.`, { hint: 'Give another --output.' });
    await rm(file, { force: true });
    throw error;
  }
}
