import type { Mode } from '../../base/mode.rules.ts';
import { MODES } from '../../base/mode.rules.ts';
import { log } from '../../base/log.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { VERSION } from '../../base/version.rules.ts';
import type { Check, Finding, Looked } from './check.ts';
import { CHECKS } from './checks.ts';
import type { DiagnosisView, FindingView } from './doctor.answers.ts';
import { Evidence } from './evidence.ts';

/** How long one check may take. All run side by side, so that the answer comes soon after. */
const PATIENCE_MS = 8_000;

/** What a check said of the gateway, or of one mode. */
export interface Examined {
  check: Check;
  mode: Mode | undefined;
  found: readonly Finding[];
  /** Why nothing can be said. */
  unknown?: string;
  notApplicable?: string;
}

/** Makes `checks`, each for what it is about. Never throws: what cannot be found out is said. */
export async function examine(evidence: Evidence, checks: readonly Check[] = CHECKS): Promise<Examined[]> {
  const modes = MODES.filter((mode) => evidence.config.modes[mode]);
  return Promise.all(
    checks.flatMap((check) =>
      check.each === 'gateway'
        ? [examineOne(check, undefined, () => check.look(evidence))]
        : modes.map((mode) => examineOne(check, mode, () => check.look(evidence, mode))),
    ),
  );
}

async function examineOne(
  check: Check,
  mode: Mode | undefined,
  look: () => Promise<Looked> | Looked,
): Promise<Examined> {
  try {
    const looked = await withinPatience(async () => look());
    if ('notApplicable' in looked) return { check, mode, found: [], ...looked };
    return { check, mode, found: looked };
  } catch (error) {
    return { check, mode, found: [], unknown: explain(check, error) };
  }
}

class OutOfPatience extends Error {
  override readonly name = 'OutOfPatience';
}

async function withinPatience<T>(run: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfPatience()), PATIENCE_MS);
  });
  try {
    return await Promise.race([run(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function explain({ code }: Check, error: unknown): string {
  if (error instanceof OutOfPatience) return `It took longer than ${PATIENCE_MS / 1000} seconds.`;
  if (error instanceof Problem) return error.message;
  log('error', 'a check could not be made', { code, error });
  return 'D1 does not answer, or not as expected: the gateway’s log has the cause.';
}

/** What is wrong with the gateway, what could not be found out, and what mends it (ADR 91). */
export async function diagnose(services: Services): Promise<DiagnosisView> {
  const examined = await examine(new Evidence(services));
  const data = examined.flatMap((each) => present(each, services.config.url));
  return {
    status: data.length === 0 ? 'ok' : 'problems',
    version: VERSION,
    checked_at: new Date(services.now()).toISOString(),
    data: data.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]),
    not_applicable: examined.flatMap(({ check, mode, notApplicable }) =>
      notApplicable === undefined ? [] : [{ code: check.code, mode: mode ?? null, why: notApplicable }],
    ),
    checked: CHECKS.map(({ code }) => code),
  };
}

const RANK = { error: 0, unknown: 1, warning: 2 };

function present({ check, mode, found, unknown }: Examined, url: string): FindingView[] {
  const { code, title } = check;
  const about = { code, title, mode: mode ?? null, docs: `${url}/docs/doctor#${check.area}` };
  if (unknown !== undefined) {
    const detail = `It could not be checked. ${unknown}`;
    const mend = 'npx floe doctor';
    return [{ ...about, severity: 'unknown', detail, mend, fixable: false, app: null, target: null }];
  }
  return found.map(({ detail, mend, app = null, target = null }) => ({
    ...about,
    severity: check.severity,
    detail,
    mend,
    fixable: check.fix !== undefined,
    app,
    target,
  }));
}
