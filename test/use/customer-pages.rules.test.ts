import { describe, expect, it } from 'vitest';
import {
  type CustomerRow,
  foldCase,
  type Part,
  readPage,
} from '../../src/use/customers/customer-pages.rules.ts';

const row = (id: string, more: Partial<CustomerRow> = {}): CustomerRow => ({
  id,
  email: null,
  name: null,
  createdAt: 0,
  deletedAt: null,
  isWanted: 1,
  externalIds: '[]',
  key: id,
  ...more,
});
const part = (number: number, ids: readonly string[], isCut = false): Part => ({
  part: number,
  rows: ids.map((id) => row(id)),
  isCut,
});
const read = (parts: readonly Part[], limit: number) => {
  const { rows, next } = readPage(parts, limit);
  return { ids: rows.map(({ id }) => id), next };
};

describe('a page', () => {
  it('goes on behind its last customer when there is one more', () => {
    expect(read([part(0, ['a', 'b', 'c'])], 2)).toEqual({
      ids: ['a', 'b'],
      next: { part: 0, key: 'b', id: 'b' },
    });
    expect(read([part(0, ['a', 'b'])], 2)).toEqual({ ids: ['a', 'b'], next: undefined });
  });

  it('goes over into the next part', () => {
    expect(read([part(0, ['a']), part(1, []), part(2, ['b', 'c'])], 2)).toEqual({
      ids: ['a', 'b'],
      next: { part: 2, key: 'b', id: 'b' },
    });
  });

  it('ends where a part was cut, however few there are', () => {
    const parts = [part(0, ['a', 'b'], true), part(1, ['c'])];
    expect(read(parts, 5)).toEqual({ ids: ['a', 'b'], next: { part: 0, key: 'b', id: 'b' } });
    const unwanted = [{ ...part(0, [], true), rows: ['a', 'b'].map((id) => row(id, { isWanted: 0 })) }];
    expect(read(unwanted, 5)).toEqual({ ids: [], next: { part: 0, key: 'b', id: 'b' } });
  });
});

it('folds A to Z and no other letters, as the database does', () => {
  expect(foldCase('ADA Ä')).toBe('ada Ä');
});
