/** The rows of one table that are the caller's: listed, and found by id. What is not there or not theirs is 404. */

import type { Context } from 'hono';
import type { ApiContext } from './app.ts';
import { notFound } from './errors.ts';
import { pathId, queryOf } from './input.ts';
import { type List, answerList } from './lists.ts';
import type { Query } from './selection.ts';

/** Whose rows: the index of the table that knows it, and the caller's key in that index. */
export interface Owner<Index extends string, Caller extends Context> {
  index: Index;
  /** May refuse a caller who has no business here. */
  key: (context: Caller) => string;
}

export const theOrganization: Owner<'organization', ApiContext> = {
  index: 'organization',
  key: (context) => context.var.organization.id,
};

interface Owned<Row, Index extends string, Caller extends Context> {
  ownedBy: Owner<Index, Caller>;
  table: {
    by(index: Index, key: string): Row[];
    getIn(index: Index, key: string, id: string): Row | undefined;
  };
  /** What has to be true of a row for this caller to see it at all. */
  isThere?: (row: Row, context: Caller) => boolean;
}

/** Reads the row that the path names. @throws a 404 when it is not there or not the caller's, a 422 for what is no id */
export function finder<Row, Index extends string, Caller extends Context>(
  { ownedBy, table, isThere }: Owned<Row, Index, Caller>,
  parameter = 'id',
): (context: Caller) => Row {
  return (context) => {
    const key = ownedBy.key(context);
    const row = table.getIn(ownedBy.index, key, pathId(context, parameter));
    if (!row || (isThere && !isThere(row, context))) throw notFound();
    return row;
  };
}

interface CollectionOptions<Row, Index extends string, Caller extends Context>
  extends Owned<Row, Index, Caller>, List<Row> {
  /** What has to be true of a row to be in the list, apart from what the query asks for. */
  isListed?: (row: Row, query: Query) => boolean;
}

/** The routes that read a table: `list` answers its list, `get` one row; `find` is for what else is done to a row. */
export function collection<Row, Index extends string, Caller extends Context>(
  options: CollectionOptions<Row, Index, Caller>,
) {
  const { ownedBy, table, isThere, isListed, toWire } = options;
  const find = finder(options);
  return {
    find,
    list: (context: Caller): Response => {
      const query = queryOf(context);
      const rows = table
        .by(ownedBy.index, ownedBy.key(context))
        .filter((row) => (!isThere || isThere(row, context)) && (!isListed || isListed(row, query)));
      return answerList(context, rows, options);
    },
    get: (context: Caller): Response => context.json(toWire(find(context))),
  };
}
