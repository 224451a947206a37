import { glob } from 'astro/loaders';
import { z } from 'astro/zod';
import { defineCollection } from 'astro:content';

/* Texts by language: `blog/en/diff.md` and `blog/de/diff.md` are one content with one id, `blog/diff`. */

const text = z.object({
  title: z.string(),
  lead: z.string(),
  minutes: z.number().int(),
  /** For everybody. */
  free: z.boolean().default(false),
  order: z.number().int().default(0),
});

const collect = (name: string) =>
  defineCollection({ loader: glob({ pattern: '**/*.md', base: `./src/content/${name}` }), schema: text });

export const collections = {
  blog: collect('blog'),
  /** `en/git` is the page that sells the course, `en/git/trees` a chapter. */
  courses: collect('courses'),
  notes: collect('notes'),
};
