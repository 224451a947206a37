import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { BY_ID } from '../model/references.rules.ts';

/* The text of a configuration, with what cannot be said in it as comments. */

interface Comments {
  /** Lines at the top. */
  head: readonly string[];
  /** Behind an entry, by section and name: `benefits.chat`. */
  entries: ReadonlyMap<string, string>;
  /** What an id stands for. */
  nameOfId: (id: string) => string | undefined;
}

const WIDTH = 120;

/** A configuration as YAML, which parseYaml reads as the same. */
export function writeConfig(
  config: Readonly<Record<string, unknown>>,
  { head, entries, nameOfId }: Comments,
): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  document.commentBefore = head.map((line) => ` ${oneLine(line)}`).join('\n');
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || !node.value.startsWith(BY_ID)) return;
      const name = nameOfId(node.value.slice(BY_ID.length));
      if (name !== undefined) node.comment = ` ${oneLine(name)}`;
    },
  });
  if (!isMap(document.contents)) return document.toString();
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key) || !isMap(value)) continue;
    key.spaceBefore = true;
    for (const entry of value.items) {
      if (!isScalar(entry.key)) continue;
      const comment = entries.get(`${String(key.value)}.${String(entry.key.value)}`);
      if (comment !== undefined) entry.key.commentBefore = ` ${oneLine(comment)}`;
      flowLists(entry.value);
    }
  }
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
}

/** `benefits: [all, early]` in a line of its own. */
function flowLists(node: unknown): void {
  if (!isMap(node)) return;
  for (const { value } of node.items)
    if (isSeq(value) && value.items.every((each) => isScalar(each) && !each.comment)) value.flow = true;
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
