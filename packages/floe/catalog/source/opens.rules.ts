import { contentId } from '../../../kit/content-ids.ts';

/**
 * What is wrong with a `content_id`: names by which the gateway opens nothing, such as `blog*`. Whoever buys it could read nothing, and a site would show to
 * everybody what somebody meant to sell.
 */
export const faultsOfOpens = (said: string | number | boolean | undefined): string[] =>
  String(said ?? '')
    .split(/[\s,]+/)
    .filter((id) => id !== '' && !isName(id.replace(/\/\*$/, '')))
    .map((id) => `"${id}" opens nothing; it is a path such as blog/tides, or blog/* with all beneath it`);

const isName = (id: string) => !/^(?:\/|content:)/.test(id) && contentId(id) !== undefined;
