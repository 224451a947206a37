import { toMarkdown, toSarif } from '../../catalog/audit/reports.rules.ts';
import { audit, unknownCodes } from '../../catalog/audit/rule.rules.ts';
import { RULES } from '../../catalog/audit/rules/all.rules.ts';
import { lookThere, openCatalog } from '../../catalog/open-catalog.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';
import { VERSION } from '../../version.ts';

interface AuditOptions {
  mode: Mode;
  config?: string | undefined;
  format: 'text' | 'markdown' | 'sarif';
}

/** Prints what the source and Polar have that is against the conventions. */
export async function auditCatalog(
  context: Context,
  { mode, config: given, format }: AuditOptions,
): Promise<ExitCode> {
  const { out } = context;
  const source = await readSource(context, given);
  const { config, file, catalog } = source;
  for (const code of unknownCodes(RULES, config.audit.off))
    out.warn(`audit.off names ${code}, which is no rule.`);
  const polar = await openCatalog(context, config.product, mode);
  const findings = audit(RULES, { config, file, wanted: catalog, there: await lookThere(polar, source) });
  if (out.isJson) out.result({ mode, findings }, '');
  else if (format === 'markdown') out.item(findings, toMarkdown(findings));
  else if (format === 'sarif') out.item(findings, JSON.stringify(toSarif(RULES, findings, VERSION), null, 2));
  else if (findings.length === 0) out.result(findings, 'The catalogue keeps to all conventions.');
  else
    for (const { severity, code, message, mend } of findings)
      out.result(null, `${severity} ${code}: ${message}\n  ${mend}`);
  if (findings.length > 0)
    out.note(
      `${count(findings.length, 'finding')}. A rule is switched off by its code: audit.off in ${file}.`,
    );
  return findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.done;
}
