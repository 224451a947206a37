import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBrokenRules } from '../../cli/expand-or-contract.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'floe-migrations-'));
  cpSync(MIGRATIONS, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plant = (name: string, sql: string) => writeFileSync(path.join(folder, name), sql);

describe('a migration that expands', () => {
  it('only adds, as all of today do', () => {
    expect(findBrokenRules(MIGRATIONS)).toEqual([]);
    plant('9000_more.sql', 'alter table apps add colour text; create index apps_colour on apps (colour);');
    plant('9001_backfill.sql', "update apps set colour = 'red';");
    expect(findBrokenRules(folder)).toEqual([]);
  });

  it.each([
    ['alter table apps drop column name', 'takes apps.name away'],
    ['alter table apps rename column name to title', 'takes apps.name away'],
    ['alter table walks rename to paths', 'takes the table walks away'],
    ['drop index apps_mode', 'takes the index apps_mode away'],
    ["alter table apps add colour text not null default 'red'; delete from walks", 'has DELETE'],
    ['create unique index apps_name on apps (name)', 'makes apps unique by apps_name'],
    [
      'create table new_walks (name text primary key, after integer not null); insert into new_walks select * from walks; drop table walks; alter table new_walks rename to walks',
      'has DROP',
    ],
  ])('does not: %s', (sql, problem) => {
    plant('9000_more.sql', `${sql};`);
    expect(findBrokenRules(folder).join('\n')).toContain(`9000_more.sql ${problem}`);
    rmSync(path.join(folder, '9000_more.sql'));
    plant('9000_contract_less.sql', `${sql};`);
    expect(findBrokenRules(folder)).toEqual([]);
  });

  it('does not stand on one that contracts', () => {
    plant('9000_contract_less.sql', 'alter table apps rename column name to title;');
    plant('9001_more.sql', 'create index apps_title on apps (title);');
    expect(findBrokenRules(folder).join('\n')).toContain('9001_more.sql needs a migration that contracts');
  });
});
