import { contentId } from '../../kit/content-ids.ts';
import { placeOf } from '../catalog/model/catalog.rules.ts';
import { CONTENT_ID } from '../catalog/model/metadata.rules.ts';
import type { Source } from '../catalog/source/read-source.ts';
import type { Fault } from '../catalog/source/yaml-text.rules.ts';

/**
 * Content ids by which the gateway opens nothing, such as `blog*`. For a push they are odd; a site would show to everybody what somebody meant to
 * sell.
 */
export function faultsOfOpens({
  catalog,
  file,
  places,
}: Pick<Source, 'catalog' | 'file' | 'places'>): Fault[] {
  return (['products', 'benefits'] as const).flatMap((kind) =>
    catalog[kind].flatMap(({ key, metadata: { [CONTENT_ID]: said } }) =>
      String(said ?? '')
        .split(/[\s,]+/)
        .filter((id) => id !== '' && !isName(id.replace(/\/\*$/, '')))
        .map((id): Fault => {
          const message = `"${id}" opens nothing; it is a path such as blog/tides, or blog/* with all beneath it`;
          const at = places.get(placeOf(kind, key)) ?? { file, line: undefined };
          return { ...at, field: CONTENT_ID, message };
        }),
    ),
  );
}

const isName = (id: string) => !/^(?:\/|content:)/.test(id) && contentId(id) !== undefined;
