import { openSync, readFileSync, writeSync } from 'node:fs';
import { readEvents } from '../../packages/kit/feed.ts';

/*
 * A consumer of the feed as a process: it writes a line for each event, at once with its number, and begins behind the last line that is
 * there. `node feed-consumer.ts GATEWAY KEY FILE`
 */
const [gateway = '', key = '', file = ''] = process.argv.slice(2);
const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n');
const ledger = openSync(file, 'a');
for await (const { data } of readEvents({ gateway, key, after: Number(lines.at(-2) ?? 0), wait: 2 }))
  writeSync(ledger, `${data.sequence}\n`);
