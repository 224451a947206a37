import { readFile } from 'node:fs/promises';
import { APPS } from './catalogue.ts';
import type { Bought } from './buyers.ts';
import type { Trouble } from './calls.ts';
import { type Evidence, isWanted, type Verdict } from './judge.ts';
import type { Receiver, Receivers } from './receivers.ts';
import type { Storm } from './storm.ts';

const SHOWN_VIOLATIONS = 5;

/** What happened, beside right and wrong. */
export function describeRun(run: {
  evidence: Evidence;
  receivers: Receivers;
  storm: Storm;
  faults: unknown;
  reconciled: unknown;
  trouble: Trouble;
}): string {
  const { evidence, storm } = run;
  const { payments, refunds } = evidence.books;
  const paid = payments.filter((each) => each.is_paid).length;
  const back = (how: Bought['returned']) => storm.bought.filter((each) => each.returned === how).length;
  const away = storm.kills
    .map(({ at, awayMs }) => `${at.toISOString().slice(11, 19)} for ${(awayMs / 1000).toFixed(1)} s`)
    .join(', ');
  return `
  Polar      ${paid} orders paid, ${refunds.length} refunds; ${JSON.stringify(run.faults)}
  buyers     ${back('with_code')} came back with a code, ${back('without_code')} without, ${back('never')} never
  callers    ${describeTrouble(run.trouble)}
  killed     ${away}
  events      ${APPS.map((app) => `${evidence.events[app].length} of ${app}`).join(', ')}
  reconcile  ${JSON.stringify(run.reconciled)}

${describeEndpoints(evidence, run.receivers)}
`;
}

/** The verdicts, and the first few ids of what is wrong. */
export function describeVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ check, examined, violations }) => {
      const mark = violations.length === 0 ? 'ok  ' : 'FAIL';
      const head = `  ${mark}  ${check.padEnd(52)} ${String(examined).padStart(7)} looked at, ${violations.length} wrong`;
      const shown = violations.slice(0, SHOWN_VIOLATIONS).map((each) => `          ${each}`);
      const more = violations.length - shown.length;
      return [head, ...shown, ...(more > 0 ? [`          … and ${more} more`] : [])].join('\n');
    })
    .join('\n');
}

/** What each endpoint got: how much of it twice, and what it still misses. */
function describeEndpoints(evidence: Evidence, receivers: Receivers): string {
  const rows = receivers.all.map((receiver) => {
    const { arrivals } = receiver;
    const distinct = new Set(arrivals.map(({ webhookId }) => webhookId)).size;
    return [
      `${receiver.app}/${receiver.behaviour}`,
      arrivals.length,
      distinct,
      arrivals.length - distinct,
      countTwiceAccepted(receiver),
      countMissing(evidence, receiver),
    ];
  });
  const head = ['endpoint', 'arrived', 'events', 'again', 'taken twice', 'still missing'];
  return [head, ...rows]
    .map(
      ([name, ...cells]) =>
        `  ${String(name).padEnd(18)}${cells.map((cell) => String(cell).padStart(14)).join('')}`,
    )
    .join('\n');
}

/** Sends that a receiver which had already taken the event got again: what its ids are for. */
function countTwiceAccepted({ arrivals }: Receiver): number {
  const accepted = arrivals.filter(({ isAccepted }) => isAccepted).map(({ webhookId }) => webhookId);
  return accepted.length - new Set(accepted).size;
}

function countMissing({ events }: Evidence, { app, wants, arrivals, endpoint }: Receiver): number {
  const accepted = new Set(arrivals.filter(({ isAccepted }) => isAccepted).map(({ webhookId }) => webhookId));
  return events[app].filter(
    ({ id, type, body }) =>
      wants.some((filter) => isWanted(filter, type)) &&
      body.data.endpoint?.id !== endpoint.id &&
      !accepted.has(id),
  ).length;
}

/** What callers of the gateway met. */
function describeTrouble(trouble: Trouble): string {
  const refused = [...trouble.refused].map(([what, times]) => `${times} × ${what.trim()}`);
  return [`${trouble.unreachable} calls found nobody`, ...refused].join(', ');
}

/** The gateway’s own warnings and errors, most frequent first: not wrong by themselves, but worth a look. */
export async function describeLog(logFile: string): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const line of (await readFile(logFile, 'utf8').catch(() => '')).split('\n')) {
    const [, level, message] = /"level":"(error|warn)","message":"([^"]*)"/.exec(line) ?? [];
    if (level === undefined || message === undefined) continue;
    const what = `${level}: ${message}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([what, times]) => `${times} × ${what}`);
}
