import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { RULES } from '../../../packages/floe/catalog/audit/rules/all.rules.ts';
import { blocksOf, ROOT } from '../../documents/blocks.ts';
import { CONFIG, openShop, TIDES } from './shop.ts';

const NAME = 'docs/catalog-rules.md';
const document = await readFile(path.join(ROOT, NAME), 'utf8');

test('the document has every rule as it is', () => {
  const rows = RULES.map(
    ({ code, severity, title, reason, mend }) =>
      `| \`${code}\` | ${severity} | ${title}. ${reason} | ${mend} |`,
  );
  const shown = document
    .split('\n')
    .filter((line) => /^\| `[a-z_]+` \| (?:error|warning|note) \|/.test(line));
  expect(shown).toEqual(rows.map((row) => row.replaceAll(/<([a-z]+)>/g, String.raw`\<$1>`)));
});

interface Workflow {
  on: Record<string, unknown>;
  permissions: object;
  jobs: Record<
    string,
    { permissions: Record<string, string>; steps: { uses?: string; run?: string; if?: string }[] }
  >;
}

test('the workflow comments the plan, uploads SARIF, and types commands that there are', async () => {
  const [block] = blocksOf(NAME, document).filter(({ text }) => text.startsWith('# .github/workflows/'));
  const { on, permissions, jobs } = parse(block?.text ?? '') as Workflow;
  expect(Object.keys(on)).toEqual(['pull_request']);
  expect(permissions).toEqual({});
  const [job] = Object.values(jobs);
  expect(job?.permissions).toEqual({
    contents: 'read',
    'pull-requests': 'write',
    'security-events': 'write',
  });
  const steps = job?.steps ?? [];
  const upload = steps.find(({ uses }) => uses?.startsWith('github/codeql-action/upload-sarif@'));
  expect(upload).toMatchObject({ with: { sarif_file: 'catalog.sarif' } });
  const lines = steps.flatMap(({ run = '' }) => run.split('\n'));
  expect(lines.join('\n')).toContain('gh pr comment');
  const typed = lines.flatMap((line) => /^npx floe catalog ([^|>]+?)\s*(?:[|>].*)?$/.exec(line)?.[1] ?? []);
  expect(typed).toHaveLength(2);
  const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': TIDES });
  const ran = [];
  for (const words of typed) ran.push(await quay.run(words));
  expect(ran.map(({ code }) => code)).toEqual([2, 0]);
  expect(ran[1]?.stdout).toContain('Polar’s settings of harbour-live');
  const sarif = JSON.parse(await readFile(path.join(quay.cwd, 'catalog.sarif'), 'utf8')) as {
    version: string;
  };
  expect(sarif.version).toBe('2.1.0');
});
