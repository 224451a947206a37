import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { askApps } from '../../catalog/audit/ask-apps.ts';
import type { Facts } from '../../catalog/audit/facts.rules.ts';
import { lookElsewhere } from '../../catalog/audit/look-elsewhere.ts';
import { gatherFacts } from '../../catalog/audit/gather-facts.ts';
import { type Report, toMarkdown, toText } from '../../catalog/audit/reports.rules.ts';
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
import { sayUnmatched } from './check-pages.ts';

interface AuditOptions {
  mode: Mode;
  /** Sandbox, then live. */
  both: boolean;
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
  const { both, format } = options;
  const source = await readSource(context, options.config);
  const { config, file } = source;
  for (const code of unknownCodes(RULES, config.audit.off))
    out.warn(`audit.off names ${code}, which is no rule.`);
  sayUnmatched(context, source);
  const reports: Report[] = [];
  for (const mode of both ? MODES : [options.mode])
    reports.push(await auditMode(context, source, { ...options, mode }));
  const sarif = () => JSON.stringify(toSarif(RULES, reports, VERSION), null, 2);
  if (options.sarif !== undefined) await writeFile(path.resolve(context.cwd, options.sarif), `${sarif()}\n`);
  if (out.isJson) out.result(both ? { modes: reports } : reports[0], '');
  else if (format === 'markdown') out.item(null, toMarkdown(reports));
  else if (format === 'sarif') out.item(null, sarif());
  else out.result(null, toText(reports).join('\n'));
  const findings = reports.flatMap((report) => report.findings);
  if (findings.length > 0)
    out.note(
      `${count(findings.length, 'finding')}. A rule is switched off by its code: audit.off in ${file}.`,
    );
  return findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.done;
}

const MODES = ['sandbox', 'live'] as const;

async function auditMode(
  context: Context,
  source: Source,
  options: Omit<AuditOptions, 'both'>,
): Promise<Report> {
  const { config, file, catalog: wanted, places } = source;
  const { there, wire, facts, unknown } = options.files ? NOTHING : await look(context, source, options);
  const found = audit(
    RULES,
    { config, file, wanted, there, wire, facts },
    { unknown, findPlace: (entry) => places.get(entry) },
  );
  const { organization } = facts;
  const settings =
    organization && wire
      ? { organization: organization.slug, all: describeSettings(organization, wire) }
      : null;
  return { mode: options.mode, ...found, settings };
}

const NOTHING: {
  there: undefined;
  wire: undefined;
  facts: Partial<Facts>;
  unknown: Partial<Record<Need, string>>;
} = { there: undefined, wire: undefined, facts: {}, unknown: {} };

async function look(
  context: Context,
  source: Source,
  { mode, gateway }: Pick<AuditOptions, 'mode' | 'gateway'>,
) {
  const { config, catalog } = source;
  const polar = await openCatalog(context, config.product, mode);
  const { there, wire } = await lookAround(polar, source);
  const found = await gatherFacts(rulesOn(RULES, config), {
    api: polar.api,
    wanted: catalog,
    there,
    askApps: () => askApps(context, { address: gateway, mode }),
    askOtherSide: () => lookElsewhere(context, source, mode),
  });
  return { there, wire, ...found };
}
