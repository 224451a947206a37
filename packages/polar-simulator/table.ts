/** A table of rows with the look-ups it is asked for, kept up to date on insert and reindex. */

type KeyOf<Row> = (row: Row) => string | null;

export class Table<Row extends { id: string }, Index extends string = never> {
  readonly #rows = new Map<string, Row>();
  readonly #keyOf: Record<Index, KeyOf<Row>>;
  readonly #found = new Map<Index, Map<string, Set<Row>>>();
  readonly #keysOf = new Map<string, [Index, string][]>();

  constructor(keyOf: Record<Index, KeyOf<Row>>) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string | null | undefined): Row | undefined {
    return id == null ? undefined : this.#rows.get(id);
  }

  /** Rows in the order they were inserted. */
  all(): Iterable<Row> {
    return this.#rows.values();
  }

  insert<R extends Row>(row: R): R {
    this.#rows.set(row.id, row);
    this.#index(row);
    return row;
  }

  delete(id: string): void {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#forget(row);
    this.#rows.delete(id);
  }

  /** To be called when a field that an index reads has changed. */
  reindex(row: Row): void {
    this.#forget(row);
    this.#index(row);
  }

  by(index: Index, key: string): Row[] {
    return [...(this.#found.get(index)?.get(key) ?? [])];
  }

  /** The row with this id, if the index has it under `key`, as in `products.getIn('organization', organization.id, id)`. */
  getIn(index: Index, key: string, id: string | null | undefined): Row | undefined {
    const row = this.get(id);
    return row && this.#found.get(index)?.get(key)?.has(row) ? row : undefined;
  }

  clear(): void {
    this.#rows.clear();
    this.#found.clear();
    this.#keysOf.clear();
  }

  #index(row: Row): void {
    const keys: [Index, string][] = [];
    for (const name of Object.keys(this.#keyOf) as Index[]) {
      const key = this.#keyOf[name](row);
      if (key === null) continue;
      let index = this.#found.get(name);
      if (!index) this.#found.set(name, (index = new Map()));
      let rows = index.get(key);
      if (!rows) index.set(key, (rows = new Set()));
      rows.add(row);
      keys.push([name, key]);
    }
    this.#keysOf.set(row.id, keys);
  }

  #forget(row: Row): void {
    for (const [name, key] of this.#keysOf.get(row.id) ?? []) this.#found.get(name)?.get(key)?.delete(row);
  }
}
