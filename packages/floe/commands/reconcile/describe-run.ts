import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { count } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Run = Answer<'POST /admin/reconcile'>;
type Report = Run['report'];
type WithObjects = Answer<'GET /admin/reconcile/{id}'>;
/** A run, with the objects that differed where it was read by itself. */
type ReadRun = Run & Partial<Pick<WithObjects, 'objects' | 'objects_not_listed' | 'next_cursor'>>;

/** What came of a run, in a few words. */
export function outcomeOf({ status, report: { total, not_understood, refused } }: Run): string {
  if (status !== 'finished') return status;
  const drifted = total.missing + total.stale;
  if (isWanting({ total, not_understood, refused }))
    return drifted === 0 ? 'incomplete' : `${total.repaired} of ${drifted} mended`;
  return drifted === 0 ? 'no drift' : `${drifted} mended`;
}

/** Whether something was left as it should not be. */
export const isWanting = ({
  total,
  not_understood,
  refused,
}: Pick<Report, 'total' | 'not_understood' | 'refused'>) =>
  total.failed > 0 || not_understood.length > 0 || Object.keys(refused).length > 0;

/** The lines of a run and its report: those that say something. */
export function describeRun(run: ReadRun): Field[] {
  const { report } = run;
  return saying([
    ['run', run.id],
    ['status', run.status],
    [run.status === 'running' ? 'waits because of' : 'went wrong', run.error],
    ['outcome', run.status === 'finished' ? outcomeOf(run) : null],
    ['compares', `${run.mode}, ${run.scope}`],
    ['begun by', run.trigger],
    ['started', second(run.started_at)],
    ['finished', second(run.finished_at)],
    ['still to compare', run.remaining],
    ['requests of Polar', report.requests],
    ['webhook at Polar', webhookLines(report.webhook)],
    ['seen', kindLines(report)],
    ['differed', objectLines(run)],
    ['left out', Object.entries(report.refused).map(([what, why]) => `${what}: ${why}`)],
    ['not understood', report.not_understood.map(({ kind, id, why }) => `${kind} ${id ?? ''}: ${why}`)],
  ]);
}

function kindLines({ kinds }: Report): string[] {
  return Object.entries(kinds).map(([kind, { seen, missing, stale, repaired, failed, young }]) =>
    [
      count(seen, kind),
      ...(missing + stale === 0 ? [] : [`${missing} missing, ${stale} stale, ${repaired} mended`]),
      ...(failed === 0 ? [] : [`${failed} failed`]),
      ...(young === 0 ? [] : [`${young} for the next run`]),
    ].join(', '),
  );
}

/** Each object that differed, and what was done. */
function objectLines({
  objects = [],
  objects_not_listed: unlisted = 0,
  next_cursor: next,
}: ReadRun): string[] {
  const lines = objects.map(({ kind, id, app, drift, differs, outcome, why, events }) =>
    [
      `${kind} ${id ?? 'without an id'}${app === null ? '' : ` of ${app}`}: ${drift}`,
      ...(differs.length === 0 ? [] : [`in ${differs.join(', ')}`]),
      outcome,
      ...(events.length === 0 ? [] : [`told ${events.join(', ')}`]),
      ...(why === null ? [] : [why]),
    ].join('; '),
  );
  if (unlisted > 0) lines.push(`and ${unlisted} more that are not listed`);
  if (next) lines.push('and more: --json has the next_cursor');
  return lines;
}

function webhookLines(webhook: Report['webhook']): string[] {
  if (!webhook) return [];
  if (!webhook.registered) return ['not registered'];
  const wrong = [
    ...(webhook.enabled ? [] : ['disabled']),
    ...(webhook.secret_known === false ? ['its secret is not the gateway’s'] : []),
    ...(webhook.missing_events.length === 0 ? [] : [`lacks ${webhook.missing_events.join(', ')}`]),
    ...(webhook.repair_error === null ? [] : [webhook.repair_error]),
  ];
  return [...(webhook.repaired ? ['mended'] : []), ...(wrong.length === 0 ? ['in order'] : wrong)];
}
