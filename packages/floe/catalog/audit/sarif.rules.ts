import type { Report } from './reports.rules.ts';
import type { Rule } from './rule.rules.ts';

/**
 * SARIF 2.1.0 with what code hosts ask for: rules with their help, and results with a place each; a run for each mode. What stands nowhere in the
 * files is shown at the first line of the configuration. `version`: of this program.
 */
export const toSarif = (rules: readonly Rule[], reports: readonly Report[], version: string): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: reports.map(({ mode, findings, skipped }) => ({
    tool: { driver: { name: 'floe catalog audit', version, rules: rules.map(describeRule) } },
    // Up to its last slash it is the category: findings of sandbox and live are two lists at the host, neither of which closes the other's.
    automationDetails: { id: `floe-catalog/${mode}/` },
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: skipped.map(({ code, why }) => ({
          level: 'note',
          message: { text: `Not checked: ${why}.` },
          associatedRule: { id: code },
        })),
      },
    ],
    results: findings.map(({ code, severity, message, mend, about, file, line }) => ({
      ruleId: code,
      ruleIndex: rules.findIndex((rule) => rule.code === code),
      level: severity,
      message: { text: `${message} ${mend}` },
      // The same finding is known again when lines move, and two of one line are two. GitHub looks at this name alone.
      partialFingerprints: { primaryLocationLineHash: `${code} ${about}` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: {
              uri: file.split('/').map(encodeURIComponent).join('/'),
              uriBaseId: '%SRCROOT%',
            },
            region: { startLine: line ?? 1 },
          },
        },
      ],
    })),
  })),
});

const describeRule = ({ code, title, reason, mend, severity }: Rule) => ({
  id: code,
  name: code,
  shortDescription: { text: title },
  fullDescription: { text: reason },
  help: { text: `${reason} ${mend}`, markdown: `${reason}\n\n**To mend it:** ${mend}` },
  defaultConfiguration: { level: severity },
  properties: { tags: ['catalogue'] },
});
