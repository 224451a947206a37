import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { askApps } from '../../catalog/audit/ask-apps.ts';
import type { Facts } from '../../catalog/audit/facts.rules.ts';
import { gatherFacts } from '../../catalog/audit/gather-facts.ts';
import { toMarkdown, toText } from '../../catalog/audit/reports.rules.ts';
import { audit, type Need, rulesOn, unknownCodes } from '../../catalog/audit/rule.rules.ts';
import { RULES } from '../../catalog/audit/rules/all.rules.ts';
import { toSarif } from '../../catalog/audit/sarif.rules.ts';
import { describeSettings } from '../../catalog/audit/settings.rules.ts';
import { lookAround, openCatalog } from '../../catalog/open-catalog.ts';
import { readSource, type Source } from '../../catalog/source/read-source.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';
import { VERSION } from '../../version.ts';

interface AuditOptions {
  mode: Mode;
  config?: string | undefined;
  gateway?: string | undefined;
  /** Neither Polar nor the gateway is asked. */
  files: boolean;
  format: 'text' | 'markdown' | 'sarif';
  /** A file that SARIF is written into as well. */
  sarif?: string | undefined;
}

/** Prints what the source, Polar and the gateway have that is against the conventions. */
export async function auditCatalog(context: Context, options: AuditOptions): Promise<ExitCode> {
  const { out } = context;
  const { mode, format } = options;
  const source = await readSource(context, options.config);
  const { config, file, catalog } = source;
  for (const code of unknownCodes(RULES, config.audit.off))
    out.warn(`audit.off names ${code}, which is no rule.`);
  const { there, wire, facts, unknown } = options.files ? NOTHING : await look(context, source, options);
  const { findings, skipped } = audit(
    RULES,
    { config, file, wanted: catalog, there, wire, facts },
    { unknown, findPlace: (entry) => source.places.get(entry) },
  );
  const settings =
    facts.organization && wire
      ? { organization: facts.organization.slug, all: describeSettings(facts.organization, wire) }
      : undefined;
  const report = { mode, findings, skipped, settings };
  const sarif = () => JSON.stringify(toSarif(RULES, report, VERSION), null, 2);
  if (options.sarif !== undefined) await writeFile(path.resolve(context.cwd, options.sarif), `${sarif()}\n`);
  if (out.isJson) out.result({ ...report, settings: settings ?? null }, '');
  else if (format === 'markdown') out.item(null, toMarkdown(report));
  else if (format === 'sarif') out.item(null, sarif());
  else out.result(null, toText(report).join('\n'));
  if (findings.length > 0)
    out.note(
      `${count(findings.length, 'finding')}. A rule is switched off by its code: audit.off in ${file}.`,
    );
  return findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.done;
}

const NOTHING: {
  there: undefined;
  wire: undefined;
  facts: Partial<Facts>;
  unknown: Partial<Record<Need, string>>;
} = { there: undefined, wire: undefined, facts: {}, unknown: {} };

async function look(context: Context, source: Source, { mode, gateway }: AuditOptions) {
  const { config, catalog } = source;
  const polar = await openCatalog(context, config.product, mode);
  const { there, wire } = await lookAround(polar, source);
  const found = await gatherFacts(rulesOn(RULES, config), {
    api: polar.api,
    wanted: catalog,
    there,
    askApps: () => askApps(context, { address: gateway, mode }),
  });
  return { there, wire, ...found };
}
