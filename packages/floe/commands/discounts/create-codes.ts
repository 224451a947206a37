import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Api } from '../../../kit/api.ts';
import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { describeFailure } from '../../describe-failure.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, type Call, openGateway } from '../../gateway/client.ts';
import { writePrivateFile } from '../../private-file.ts';
import type { Column } from '../../terminal/table.ts';
import { isCode, makeCode, readCodes } from './codes.rules.ts';
import type { Discount } from './describe-discount.ts';
import { findByCode } from './find-discount.ts';
import { readWhatItDoes, type WhatItDoes } from './what-it-does.ts';

interface Options extends WhatItDoes, AppOptions {
  count?: number | undefined;
  prefix: string;
  max: number;
}

const MOST_CODES = 10_000;
/** Polar may ask to wait a minute for each hundred. */
const MOST_TRIES = 20;

const COLUMNS: readonly Column<Discount>[] = [
  { title: 'code', text: ({ code }) => code, keep: true },
  { title: 'discount', text: ({ id }) => id },
];

/**
 * Makes one discount for each code of a file. The codes are written before the first is made, and one that is there already as this
 * command makes it counts as made, so the same command goes on where another one was cut off.
 */
export async function createCodes(context: Context, file: string, options: Options): Promise<void> {
  const { out, signal } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const what = await readWhatItDoes(context, call, options);
  const codes = await codesOf(path.resolve(context.cwd, file), file, options);
  const table = out.isJson ? undefined : out.startTable(COLUMNS);
  const run = crypto.randomUUID();
  const made: Discount[] = [];
  try {
    for (const code of codes) {
      signal.throwIfAborted();
      const body = { ...what, code, max_redemptions: options.max };
      const discount = await makeOne(context, call, body, `${run}-${made.length}`);
      table?.add([discount]);
      made.push(discount);
    }
  } catch (error) {
    const { exitCode, message, details } = describeFailure(error, signal.aborted);
    throw new CliError(exitCode, message, {
      ...details,
      hint: `${made.length} of ${codes.length} codes in ${file} are made. ${isTaken(error) ? `${codes[made.length]} is taken, by another discount or a campaign: take it out of the file, and type the same command again.` : 'Type the same command again: it goes on with the others.'}`,
      cause: error,
    });
  }
  if (!table) out.table(made, COLUMNS);
  out.note(`${made.length} codes are made. They are in ${file}.`);
}

type NewCode = Awaited<ReturnType<typeof readWhatItDoes>> & { code: string; max_redemptions: number };

/** `key`: of this run alone. An earlier run’s would answer that a code is made which was deleted since. */
async function makeOne(
  context: Context,
  call: Call<keyof Api>,
  body: NewCode,
  key: string,
): Promise<Discount> {
  for (let tries = 1; ; tries++) {
    try {
      return await makeOrFind(call, body, key);
    } catch (error) {
      if (!(error instanceof FloeError) || error.retryAfter === undefined || tries >= MOST_TRIES) throw error;
      await context.sleep(error.retryAfter * 1000);
    }
  }
}

async function makeOrFind(call: Call<keyof Api>, body: NewCode, idempotencyKey: string): Promise<Discount> {
  try {
    return await call('POST /v1/discounts', { body, idempotencyKey });
  } catch (error) {
    const there = isTaken(error) ? await findByCode(call, body.code) : undefined;
    if (there && isAlike(there, body)) return there;
    throw error;
  }
}

/** It was made before, or is somebody else's or a campaign's. */
const isTaken = (error: unknown) =>
  error instanceof FloeError &&
  (error.code === 'conflict' ||
    (error.code === 'polar_rejected' && error.errors.some(({ path: field }) => field === 'body.code')));

/** Whether it is what this command makes, and can be used: a code of an earlier launch may be in the file, too. */
function isAlike(there: Discount, body: NewCode): boolean {
  const wanted = {
    name: body.name,
    basis_points: body.basis_points ?? null,
    duration: body.duration ?? 'once',
    duration_in_months: body.duration_in_months ?? null,
    max_redemptions: body.max_redemptions,
  } as const;
  const same = (one: readonly unknown[], other: readonly unknown[]) =>
    JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());
  return (
    there.status !== 'ended' &&
    Object.entries(wanted).every(([name, value]) => there[name as keyof typeof wanted] === value) &&
    same(Object.entries(there.amounts ?? {}), Object.entries(body.amounts ?? {})) &&
    (body.product_ids === undefined || same(there.product_ids, body.product_ids)) &&
    // Times that count from now are others when the command is typed again.
    (there.starts_at === null) === (body.starts_at === undefined) &&
    (there.ends_at === null) === (body.ends_at === undefined)
  );
}

/** The codes of the file, or new ones that are then in it. @throws {CliError} */
async function codesOf(
  file: string,
  shown: string,
  { count, prefix }: Pick<Options, 'count' | 'prefix'>,
): Promise<string[]> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept === undefined) return writeCodes(file, shown, { count, prefix });
  const read = readCodes(kept);
  if ('odd' in read)
    throw new CliError(EXIT.usage, `${shown}, line ${read.line}: ${read.odd} is no code.`, {
      hint: 'A code has 3 to 256 letters and digits, and nothing else.',
    });
  if (read.codes.length === 0 || read.codes.length > MOST_CODES)
    throw new CliError(EXIT.usage, `${shown} has ${read.codes.length} codes. It must be 1 to ${MOST_CODES}.`);
  if (count !== undefined && count !== read.codes.length)
    throw new CliError(EXIT.usage, `${shown} is there already, with ${read.codes.length} codes.`, {
      hint: 'To go on with them leave out --count. For other codes name another file.',
    });
  return read.codes;
}

async function writeCodes(
  file: string,
  shown: string,
  { count, prefix }: Pick<Options, 'count' | 'prefix'>,
): Promise<string[]> {
  if (count === undefined)
    throw new CliError(EXIT.usage, `There is no file ${shown}.`, {
      hint: 'With --count 100 it is written, with a hundred new codes.',
    });
  if (count > MOST_CODES) throw new CliError(EXIT.usage, `--count: ${MOST_CODES} at most.`);
  if (prefix !== '' && !isCode(`${prefix}AAA`))
    throw new CliError(EXIT.usage, `--prefix: ${prefix} must have letters and digits only.`);
  const codes = new Set<string>();
  while (codes.size < count) codes.add(makeCode(prefix, crypto.getRandomValues(new Uint8Array(8))));
  await writePrivateFile(file, `${[...codes].join('\n')}\n`);
  return [...codes];
}
