/** Lists the caller's rows of a table and finds them by id. A row that is missing or somebody else's is a 404. */

import type { Context } from 'hono';
import type { ApiContext } from './app.ts';
import { notFound } from './errors.ts';
import { pathId, queryOf } from './input.ts';
import { type List, answerList } from './lists.ts';
import type { Query } from './selection.ts';

/** Says whose rows a collection has: the index of the table by owner, and the caller's key in that index. */
export interface Owner<Index extends string, Caller extends Context> {
  index: Index;
  /** Throws a 403 for a caller who may not see any of the rows. */
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
  /** False for a row that this caller may not see: it is not listed, and by id it is a 404. */
  isThere?: (row: Row, context: Caller) => boolean;
}

/**
 * Finds the row whose id is in the path.
 * @throws a 404 when it is missing or somebody else's, a 422 when the id is no UUID
 */
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
  /** False for a row that is found by id, but left out of the list. */
  isListed?: (row: Row, query: Query) => boolean;
}

/** The handlers that read a table: `list` answers a page, `get` one row, and `find` gives the row to other handlers. */
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
