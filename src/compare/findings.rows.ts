import type { Mode } from '../base/mode.rules.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { type Database, runBatch, type Statement } from '../base/db/database.rows.ts';
import { parseJson } from '../base/json.rules.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';
import { POLAR_KINDS } from '../base/polar-kinds.rules.ts';
import { KEPT_KINDS } from '../record/kinds.rows.ts';

/* Which objects a run found otherwise than Polar has them, and what was done: a row each (ADR 89). */

/** How many a run lists. Of more it says how many there were. */
const MAX_LISTED = 1_000;

export interface Finding {
  kind: PolarKind;
  /** Polar's id; empty for an object that has none. */
  id: string;
  appId: string | null;
  drift: 'missing' | 'stale';
  /** The names of fields. */
  differs: readonly string[];
  /** `reread`: applied, after it was read once more because another object asked for it. */
  outcome: 'applied' | 'reread' | 'deleted' | 'failed';
  /** Why it could not be applied. */
  why: string | null;
  /** The keys of the events that were to be told of it, in the same batch. */
  events: readonly { appId: string; key: string }[];
}

// One that is found again keeps what was told of it: a crash may have had it applied before its page was saved.
const NOTE = command<{ runId: string; rows: string; now: number; cap: number }>(`
  insert into reconcile_findings (run_id, kind, object_id, app_id, drift, differs, outcome, why, events, found_at)
  select r.id, n.value ->> '$.kind', n.value ->> '$.id', n.value ->> '$.appId', n.value ->> '$.drift', n.value -> '$.differs',
    n.value ->> '$.outcome', n.value ->> '$.why', (
      select json_group_array(e.type) from json_each(n.value -> '$.events') as k
      cross join events as e on e.app_id = k.value ->> '$.appId' and e.key = k.value ->> '$.key'
      where e.created_at = :now and e.origin = 'reconcile'), :now
  from reconcile_runs as r cross join json_each(:rows) as n
  where r.id = :runId and (r.findings <= :cap or exists (
    select 1 from reconcile_findings as f
    where f.run_id = r.id and f.kind = n.value ->> '$.kind' and f.object_id = n.value ->> '$.id'))
  on conflict (run_id, kind, object_id) do update set
    app_id = coalesce(excluded.app_id, app_id), outcome = excluded.outcome, why = excluded.why,
    differs = iif(excluded.differs = '[]', differs, excluded.differs),
    events = (select json_group_array(value) from (
      select value from json_each(reconcile_findings.events) union all select value from json_each(excluded.events)))`);

const COUNT = command<{ runId: string; rows: string; more: number }>(`
  update reconcile_runs set findings = findings + :more + (
    select count(*) from json_each(:rows) as n where not exists (
      select 1 from reconcile_findings as f
      where f.run_id = :runId and f.kind = n.value ->> '$.kind' and f.object_id = n.value ->> '$.id'))
  where id = :runId`);

/**
 * Statements that note what a run has found, for the batch that applies it, after its events, or that saves the run. Each object
 * of a run has one row, however often it is met. `more`: how many there were beside these.
 */
export function noteFindings(
  { runId, now }: { runId: string; now: number },
  findings: readonly Finding[],
  more = 0,
): Statement[] {
  const rows = JSON.stringify(findings);
  return [COUNT({ runId, rows, more }), NOTE({ runId, rows, now, cap: MAX_LISTED })];
}

interface Row {
  kind: PolarKind;
  id: string;
  app: string | null;
  drift: 'missing' | 'stale';
  differs: string;
  outcome: Finding['outcome'];
  why: string | null;
  events: string;
  foundAt: number;
}

/** A finding as it is stored. */
export interface StoredFinding extends Omit<Row, 'differs' | 'events'> {
  differs: string[];
  events: string[];
}

/** A finding's place in a run: by kind, then by id. */
export interface FindingKey {
  kind: string;
  id: string;
}

const PAGE = query<{ runId: string; kind: string; id: string; limit: number }, Row>(`
  select f.kind, f.object_id as id, a.slug as app, f.drift, f.differs, f.outcome, f.why, f.events, f.found_at as foundAt
  from reconcile_findings as f left join apps as a on a.id = f.app_id
  where f.run_id = :runId and (f.kind, f.object_id) > (:kind, :id)
  order by f.kind, f.object_id limit :limit`);

const LISTED = query<{ runId: string }, { total: number; listed: number }>(`
  select findings as total, (select count(*) from reconcile_findings where run_id = :runId) as listed
  from reconcile_runs where id = :runId`);

/** A page of what a run has found, and how many objects it has found that are not listed. */
export async function selectFindings(
  database: Database,
  runId: string,
  { limit, after }: { limit: number; after: FindingKey | undefined },
): Promise<{ rows: StoredFinding[]; unlisted: number }> {
  const { page, counted } = await runBatch(database, {
    page: PAGE({ runId, kind: after?.kind ?? '', id: after?.id ?? '', limit }),
    counted: LISTED({ runId }),
  });
  const [{ total, listed } = { total: 0, listed: 0 }] = counted;
  return {
    rows: page.map((row) => ({ ...row, differs: readNames(row.differs), events: readNames(row.events) })),
    unlisted: Math.max(0, total - listed),
  };
}

function readNames(json: string): string[] {
  return JSON.parse(json) as string[];
}

const PRUNE = command<{ mode: Mode; before: number; limit: number }>(`
  delete from reconcile_findings where (run_id, kind, object_id) in (
    select f.run_id, f.kind, f.object_id from reconcile_runs as r cross join reconcile_findings as f on f.run_id = r.id
    where r.mode = :mode and r.started_at < :before limit :limit)`);

const MAX_PRUNED = 5_000;

/** Deletes what runs of a mode found that began before `before`, a bounded number. */
export function pruneFindings(mode: Mode, before: number): Statement {
  return PRUNE({ mode, before, limit: MAX_PRUNED });
}

const ROW = Object.fromEntries(
  POLAR_KINDS.map((kind) => {
    const { table } = KEPT_KINDS[kind];
    const where = table === 'snapshots' ? `kind = '${kind}' and` : '';
    return [
      kind,
      query<{ mode: Mode; id: string }, Record<string, string | number | null>>(
        `select * from ${table} where mode = :mode and ${where} id = :id`,
      ),
    ];
  }),
) as Record<
  PolarKind,
  ReturnType<typeof query<{ mode: Mode; id: string }, Record<string, string | number | null>>>
>;

/** Columns that hold JSON. */
const JSON_COLUMNS = ['data', 'details', 'metadata', 'properties', 'file_ids'];

/** What is stored of an object, by column, with its JSON read; undefined when nothing is. */
export async function selectStoredRow(
  database: Database,
  mode: Mode,
  kind: PolarKind,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await runOne(database, ROW[kind]({ mode, id }));
  if (!row) return undefined;
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      JSON_COLUMNS.includes(column) && typeof value === 'string' ? parseJson(value) : value,
    ]),
  );
}
