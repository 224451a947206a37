import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { log } from '../../base/log.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { CHECKS } from './checks.ts';
import type { MendedView } from './doctor.answers.ts';
import { Evidence } from './evidence.ts';
import { examine, type Examined } from './examine.ts';

/**
 * Mends what can be mended without a decision: of `codes` or of all, in one mode or in both. What is well is left alone, so calling it again does
 * nothing. One thing after the other, since they may depend on each other; one that fails keeps no other from being mended.
 */
export async function mend(
  services: Services,
  { codes, mode: only }: { codes?: readonly string[] | undefined; mode?: Mode | undefined },
  by: Doer,
): Promise<MendedView> {
  const evidence = new Evidence(services, by);
  const fixable = CHECKS.filter(
    ({ code, fix }) => fix !== undefined && (codes === undefined || codes.includes(code)),
  );
  const examined = (await examine(evidence, fixable)).filter(
    ({ mode }) => mode === undefined || only === undefined || mode === only,
  );
  const data: MendedView['data'] = [];
  for (const each of examined) {
    const { code } = each.check;
    const mode = each.mode ?? null;
    if (each.unknown !== undefined) {
      data.push({ code, mode, outcome: 'unknown', detail: `It could not be checked. ${each.unknown}` });
      continue;
    }
    if (each.found.length === 0) continue;
    data.push({ code, mode, ...(await mendOne(evidence, each)) });
  }
  return { data };
}

async function mendOne(
  evidence: Evidence,
  { check, mode, found }: Examined,
): Promise<{ outcome: 'mended' | 'failed'; detail: string }> {
  const { database } = evidence.services;
  try {
    const detail = await fix(evidence, { check, mode, found });
    await runBatch(database, [
      audit(database, evidence.by, evidence.now, {
        action: 'doctor.mended',
        appId: null,
        target: mode === undefined ? check.code : `${check.code}:${mode}`,
      }),
    ]);
    return { outcome: 'mended', detail };
  } catch (error) {
    if (!(error instanceof Problem)) log('error', 'a mending failed', { code: check.code, mode, error });
    const why = error instanceof Problem ? error.message : 'The gateway’s log has the cause.';
    return { outcome: 'failed', detail: why };
  }
}

async function fix(evidence: Evidence, { check, mode, found }: Examined): Promise<string> {
  const done =
    check.each === 'gateway'
      ? await check.fix?.(evidence, found)
      : mode && (await check.fix?.(evidence, found, mode));
  if (done === undefined) throw new Error(`${check.code} has no fix`);
  return done;
}
