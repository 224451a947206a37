import { expect, test } from 'vitest';
import { toMarkdown, toText } from '../../../packages/floe/catalog/audit/reports.rules.ts';
import { audit } from '../../../packages/floe/catalog/audit/rule.rules.ts';
import { RULES } from '../../../packages/floe/catalog/audit/rules/all.rules.ts';
import { toSarif } from '../../../packages/floe/catalog/audit/sarif.rules.ts';
import { product, subject } from './audit-subject.ts';

const looked = subject({
  wanted: { products: [product({ name: 'Quay | @all <b>' })] },
  facts: { excessScopes: ['orders:read'] },
});
const found = audit(
  RULES,
  { ...looked, facts: { ...looked.facts, endpoints: undefined as never } },
  {
    unknown: { endpoints: 'the access token lacks webhooks:read' },
    findPlace: () => ({ file: 'shop/floe config.yaml', line: 7 }),
  },
);
const report = {
  ...found,
  mode: 'sandbox',
  settings: { organization: 'harbour', all: [{ name: 'takes payments', value: 'yes' }] },
};
const nothing = { mode: 'live', findings: [], skipped: [], settings: null };

test('a terminal shows the place, what to do, what was not checked, and the settings', () => {
  const text = toText([report]).join('\n');
  expect(text).toContain(
    'error product_name: Quay | @all <b> is not called so.\n  shop/floe config.yaml:7\n  Rename it.',
  );
  expect(text).toContain('skipped webhook_elsewhere: the access token lacks webhooks:read');
  expect(text).toContain('Polar’s settings of harbour (sandbox):\n  takes payments  yes');
  expect(toText([nothing])).toEqual(['The catalogue keeps to all conventions.']);
});

test('Markdown keeps what a product is called inside its cell', () => {
  const text = toMarkdown([report]);
  const rows = text.split('\n').slice(0, 4);
  for (const row of rows) expect(row.replaceAll(String.raw`\|`, '').split('|')).toHaveLength(7);
  expect(text).not.toContain('@all');
  expect(text.replaceAll(/<\/?(?:details|summary)>/g, '')).not.toMatch(/(?<!\\)</);
  expect(text).toContain('- `webhook_elsewhere` was not checked: the access token lacks webhooks:read');
  expect(toMarkdown([nothing])).toBe('The catalogue keeps to all conventions.');
});

/** What GitHub asks of a file that it shows (its page "SARIF support for code scanning"). */
test('SARIF has what a code host needs: each result has its rule, its words and a place; each rule its help', () => {
  const sarif = toSarif(RULES, [report], '1.0.0') as {
    $schema: string;
    version: string;
    runs: {
      tool: { driver: { name: string; version: string; rules: Record<string, never>[] } };
      automationDetails: { id: string };
      results: Record<string, never>[];
    }[];
  };
  expect(sarif).toMatchObject({ $schema: expect.stringMatching(/^https:.*2\.1\.0/), version: '2.1.0' });
  expect(sarif.runs).toHaveLength(1);
  const [run] = sarif.runs;
  expect(run?.automationDetails.id).toBe('floe-catalog/sandbox/');
  const rules = run?.tool.driver.rules ?? [];
  expect(run?.tool.driver).toMatchObject({ name: expect.any(String), version: '1.0.0' });
  const text = { text: expect.stringMatching(/\S/) };
  for (const rule of rules)
    expect(rule).toMatchObject({
      id: expect.stringMatching(/^[a-z_]{3,255}$/),
      shortDescription: { text: expect.stringMatching(/^[^\n]{1,1024}$/) },
      fullDescription: text,
      help: { ...text, markdown: expect.stringMatching(/\S/) },
      defaultConfiguration: { level: expect.stringMatching(/^(?:error|warning|note)$/) },
    });
  expect(run?.results.map(({ ruleId }) => ruleId)).toEqual(['product_name', 'token_scopes']);
  for (const result of run?.results ?? []) {
    expect(rules[result['ruleIndex'] ?? -1]).toMatchObject({ id: result['ruleId'] });
    expect(result).toMatchObject({
      level: expect.stringMatching(/^(?:error|warning|note)$/),
      message: text,
      partialFingerprints: { primaryLocationLineHash: expect.stringMatching(/\S/) },
      locations: [
        {
          physicalLocation: {
            // A relative address without spaces.
            artifactLocation: { uri: expect.stringMatching(/^(?!\/|\w+:)\S+$/) },
            region: { startLine: expect.any(Number) },
          },
        },
      ],
    });
  }
  expect(JSON.parse(JSON.stringify(sarif))).toEqual(sarif);
});

test('both modes are told one after the other, and are two runs of SARIF', () => {
  const both = [report, nothing];
  expect(toText(both).filter((line) => /^\w+:$/.test(line))).toEqual(['sandbox:', 'live:']);
  expect(toMarkdown(both)).toMatch(/^#### sandbox\n\n\|[^]*\n\n#### live\n\nThe catalogue keeps/);
  const { runs } = toSarif(RULES, both, '1.0.0') as { runs: { automationDetails: { id: string } }[] };
  expect(runs.map(({ automationDetails: { id } }) => id)).toEqual([
    'floe-catalog/sandbox/',
    'floe-catalog/live/',
  ]);
});

test('SARIF names the file of a page whose name means something in an address', () => {
  const [finding] = report.findings;
  if (!finding) throw new Error('There is nothing to show.');
  const page = { ...finding, file: 'content/blog/c# or f?.md', line: 3 };
  const sarif = JSON.stringify(toSarif(RULES, [{ ...report, findings: [page] }], '1.0.0'));
  expect(sarif).toContain('"uri":"content/blog/c%23%20or%20f%3F.md"');
});
