import { placeOf } from '../model/catalog.rules.ts';
import { keyOf, SECTIONS } from './config-references.rules.ts';
import type { Config } from './config.rules.ts';
import type { LineOf } from './yaml-text.rules.ts';

/** Where an entry of the catalogue stands: a file as it is shown, and its line from 1, unless the file is a program. */
export interface Place {
  file: string;
  line: number | undefined;
}

/** Where each entry of a configuration stands, by `placeOf`. */
export const placesOfConfig = (config: Config, file: string, lineOf: LineOf): [entry: string, at: Place][] =>
  (Object.keys(SECTIONS) as (keyof typeof SECTIONS)[]).flatMap((kind) =>
    Object.entries(config[SECTIONS[kind]]).map(([name, entry]): [string, Place] => [
      placeOf(kind, keyOf(kind, name, entry)),
      { file, line: lineOf([SECTIONS[kind], name]) },
    ]),
  );
