import { writeCurl } from './curl.ts';
import { writeGo } from './go.ts';
import { writePython } from './python.ts';
import type { Language, SampleRequest } from './request.ts';
import { writeTypeScript } from './typescript.ts';

const WRITERS: Readonly<Record<Language, (request: SampleRequest) => string>> = {
  curl: writeCurl,
  typescript: writeTypeScript,
  python: writePython,
  go: writeGo,
};

/** A request as a whole command or program in a language. */
export function writeSample(language: Language, request: SampleRequest): string {
  return WRITERS[language](request);
}
