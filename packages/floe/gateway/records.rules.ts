/** Takes records out of text that comes in pieces: what is not complete yet waits for the next piece. */
export interface Records {
  /** The records that this piece completes, each with its end. */
  take(piece: string): string[];
  /** The id in a record's first cell; undefined: it is the last line of NDJSON. */
  idOf(record: string): string | undefined;
  /** Whether something has come that is not complete. */
  isOpen(): boolean;
}

/** Records of CSV (RFC 4180): a line break between quotes does not end one. */
export function csvRecords(): Records {
  return recordsOf(
    (text, from) => {
      let quotes = 0;
      for (let at = from; at < text.length; at++) {
        if (text[at] === '"') quotes++;
        else if (text[at] === '\n' && quotes % 2 === 0) return at + 1;
      }
      return undefined;
    },
    (record) => record.slice(0, record.search(/[,\r\n]/)),
  );
}

/** Lines of NDJSON. */
export function ndjsonRecords(): Records {
  return recordsOf(
    (text, from) => {
      const end = text.indexOf('\n', from);
      return end === -1 ? undefined : end + 1;
    },
    (record) => {
      const { id }: { id?: unknown } = Object(JSON.parse(record));
      return typeof id === 'string' ? id : undefined;
    },
  );
}

function recordsOf(
  endOf: (text: string, from: number) => number | undefined,
  idOf: Records['idOf'],
): Records {
  let waiting = '';
  return {
    idOf,
    isOpen: () => waiting !== '',
    take(piece) {
      const text = waiting + piece;
      const records: string[] = [];
      let from = 0;
      for (let end = endOf(text, from); end !== undefined; end = endOf(text, from)) {
        records.push(text.slice(from, end));
        from = end;
      }
      waiting = text.slice(from);
      return records;
    },
  };
}
