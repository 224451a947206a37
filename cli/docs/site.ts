import type { Html } from './html.ts';

/** A heading of a page, for the list beside it. */
export interface Heading {
  id: string;
  title: string;
  depth: number;
}

/** Something that the search finds. */
interface SearchEntry {
  title: string;
  /** Where it is, in words: the page's title. */
  page: string;
  url: string;
  text: string;
}

/** One page of `/docs`. */
export interface DocPage {
  /** Without the end `.html`: `/docs/events`. */
  url: string;
  title: string;
  description: string;
  body: Html;
  headings: readonly Heading[];
  entries: readonly SearchEntry[];
  /** Its headings stand in the menu, beneath its name; the page itself needs the whole width. */
  isReference: boolean;
}

/** A part of the menu. */
export interface Section {
  title: string;
  pages: readonly DocPage[];
}
