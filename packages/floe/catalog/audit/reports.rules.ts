import type { Finding, Rule, Severity } from './rule.rules.ts';

/* Findings as pull requests show them. */

/** For a comment. */
export function toMarkdown(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'The catalogue keeps to all conventions.';
  const rows = findings.map(
    ({ severity, code, message, mend }) => `| ${severity} | \`${code}\` | ${cell(message)} | ${cell(mend)} |`,
  );
  return ['| | rule | found | to mend it |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** What a cell may hold: no bar ends it, and nothing in it is HTML or a mention. */
const cell = (text: string) =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<>*_`[\]]/g, String.raw`\$&`)
    .replaceAll('@', '@\u200b');

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'note' };

/** SARIF 2.1.0, which code hosts show beside the lines. */
export function toSarif(rules: readonly Rule[], findings: readonly Finding[], version: string): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'floe catalog audit',
            version,
            rules: rules.map(({ code, title, reason, mend, severity }) => ({
              id: code,
              shortDescription: { text: title },
              fullDescription: { text: reason },
              help: { text: mend },
              defaultConfiguration: { level: LEVELS[severity] },
            })),
          },
        },
        results: findings.map(({ code, severity, message, about, file, line }) => ({
          ruleId: code,
          level: LEVELS[severity],
          message: { text: message },
          // The same finding is known again when lines move.
          partialFingerprints: { 'floe/v1': `${code} ${about}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                region: { startLine: line ?? 1 },
              },
            },
          ],
        })),
      },
    ],
  };
}
