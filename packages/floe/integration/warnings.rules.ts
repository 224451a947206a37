import type { Source } from '../catalog/source/read-source.ts';
import { type Place, unroutedPages } from './pages-data.rules.ts';

/** Pages and files that warnings name, of each kind. */
const MOST_NAMED = 5;

/** What a build says of a catalogue that is no mistake, and may not be meant. */
export const warningsOf = (source: Pick<Source, 'config' | 'catalog' | 'pages'>, place: Place): string[] => [
  ...unroutedPages(source, place)
    .slice(0, MOST_NAMED)
    .map(
      ({ file, id }) =>
        `${file} is sold, and no route that is rendered on demand has the address /${id}. What ends in a parameter is gated where it may show that page; what shows it elsewhere asks for pageOf(entry).resource. contentRoot says where addresses begin.`,
    ),
  ...sameNames(source.catalog.files)
    .slice(0, MOST_NAMED)
    .map(
      (name) =>
        `Several files that are sold are called ${name}. A link to /floe/download/${encodeURIComponent(name)} cannot tell which one is meant, for whoever has bought both. Give each a name of its own.`,
    ),
];

/** Names of downloads that several files have. Those with the same bytes are one file. */
function sameNames(files: Source['catalog']['files']): string[] {
  const names = files.flatMap(({ service, name }) => (service === 'downloadable' ? [name.normalize()] : []));
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}
