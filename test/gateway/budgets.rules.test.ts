import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUDGETS, COLUMNS, drawBudgets, findOverspent } from './budgets.ts';

describe('a budget', () => {
  it.each(Object.entries(BUDGETS))('of “%s” is kept to by what uses all of it', (_, given) => {
    expect(findOverspent(given, given)).toEqual([]);
  });

  it.each(COLUMNS)('fails when it is passed by one: $title', ({ column, title }) => {
    for (const given of Object.values(BUDGETS)) {
      const spent = { ...given, [column]: given[column] + 1 };
      expect(findOverspent(given, spent)).toEqual([`${title}: ${spent[column]}, at most ${given[column]}`]);
    }
  });
});

it('docs/limits.md has the budgets that the tests hold the gateway to', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../../docs/limits.md'), 'utf8');
  expect(page).toContain(drawBudgets());
});
