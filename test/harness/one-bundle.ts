import type { Plugin } from 'vite';

const LATER = /(?<!typeof )import\('(\.[^']+)'\)/g;

/**
 * `import()` of our own modules, as the bundle does it: the module is at hand and only evaluated later. The tests' loader
 * would fetch it over a connection of the request that asks first, and another request that waits for the same module would
 * go on in that one, which the runtime forbids.
 */
export const oneBundle: Plugin = {
  name: 'floe-one-bundle',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/src\/[^?]+\.ts$/.test(id) || code.search(LATER) < 0) return undefined;
    const imports: string[] = [];
    const rewritten = code.replaceAll(LATER, (_, file: string) => {
      const name = `__later${imports.length}`;
      imports.push(`import * as ${name} from '${file}';`);
      return `Promise.resolve(${name})`;
    });
    return { code: `${rewritten}\n${imports.join('\n')}`, map: null };
  },
};
