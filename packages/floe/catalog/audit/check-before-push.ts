import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Source } from '../source/read-source.ts';
import { askApps, isNamed } from './ask-apps.ts';
import type { Facts, Known } from './facts.rules.ts';
import { audit, rulesOn, sortFacts } from './rule.rules.ts';
import { RULES } from './rules/all.rules.ts';

/**
 * Refuses to push files that break a rule of severity error. What Polar has already is not looked at: a push makes that no worse. The gateway is
 * asked when somebody names it.
 * @throws {CliError} with every finding
 */
export async function checkBeforePush(
  context: Context,
  { config, file, catalog, places }: Source,
  { mode, gateway }: { mode: Mode; gateway?: string | undefined },
): Promise<void> {
  const rules = rulesOn(RULES, config).filter(({ severity }) => severity === 'error');
  const isAsked =
    rules.some(({ needs = [] }) => needs.includes('apps')) && (gateway !== undefined || isNamed(context));
  const answers: [keyof Facts, Known<unknown>][] = isAsked
    ? [['apps', await askApps(context, { address: gateway, mode })]]
    : [];
  const { facts } = sortFacts(answers);
  const subject = { config, file, wanted: catalog, there: undefined, wire: undefined, facts };
  const { findings } = audit(rules, subject, { findPlace: (entry) => places.get(entry) });
  if (findings.length === 0) return;
  throw new CliError(EXIT.failed, 'Nothing was pushed: the catalogue breaks a convention.', {
    code: findings[0]?.code,
    errors: findings.map(({ code, message, mend, file: where, line }) => ({
      path: line === undefined ? code : `${where}:${line}: ${code}`,
      message: `${message} ${mend}`,
    })),
    hint: `floe catalog audit shows all rules. audit.off in ${file} switches one off.`,
  });
}
