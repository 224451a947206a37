import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Source } from '../source/read-source.ts';
import { askApps, isNamed } from './ask-apps.ts';
import type { Facts, Known } from './facts.rules.ts';
import { audit, type Finding, rulesOn, sortFacts } from './rule.rules.ts';
import { RULES } from './rules/all.rules.ts';

/**
 * What a push refuses: files that break a rule of severity error. What Polar has already is not looked at: a push makes that no worse. `facts`: what is known
 * besides the files.
 */
export function findRefused(
  { config, file, catalog, places }: Source,
  facts: Partial<Facts> = {},
): Finding[] {
  const subject = { config, file, wanted: catalog, there: undefined, wire: undefined, facts };
  return audit(errorsOf(config), subject, { findPlace: (entry) => places.get(entry) }).findings;
}

const errorsOf = (config: Source['config']) =>
  rulesOn(RULES, config).filter(({ severity }) => severity === 'error');

/** A finding in a line: `floe.config.yaml:7: push refuses this: … (product_name)`. */
export const describeRefused = ({ code, title, message, mend, file, line }: Finding): string =>
  `${line === undefined ? file : `${file}:${line}`}: push refuses this: ${title}. ${message} ${mend} (${code})`;

/** Refuses to push such files. The gateway is asked when somebody names it. @throws {CliError} with every finding */
export async function checkBeforePush(
  context: Context,
  source: Source,
  { mode, gateway }: { mode: Mode; gateway?: string | undefined },
): Promise<void> {
  const { config, file } = source;
  const isAsked =
    errorsOf(config).some(({ needs = [] }) => needs.includes('apps')) &&
    (gateway !== undefined || isNamed(context));
  const answers: [keyof Facts, Known<unknown>][] = isAsked
    ? [['apps', await askApps(context, { address: gateway, mode })]]
    : [];
  const findings = findRefused(source, sortFacts(answers).facts);
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
