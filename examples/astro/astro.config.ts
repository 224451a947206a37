import path from 'node:path';
import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import floe from '../../packages/floe/integration/astro.ts';

const KIT = path.join(import.meta.dirname, '..', '..', 'packages', 'kit');

export default defineConfig({
  // Every page is rendered for the reader who asks, since a prerendered page would be a file that anybody can read.
  output: 'server',
  cacheDir: '../../node_modules/.cache/astro',
  adapter: node({ mode: 'standalone' }),
  // In your site: import floe from 'floe/astro'.
  integrations: [floe()],
  i18n: { locales: ['en', 'de'], defaultLocale: 'en', routing: { prefixDefaultLocale: false } },
  // Hosts that the site answers for, here on this machine only. Yours: your domain.
  security: { allowedDomains: [{ hostname: '127.0.0.1' }, { hostname: 'localhost' }] },
  // All styles are files, so that the policy need not allow any in the page.
  build: { inlineStylesheets: 'never' },
  markdown: { syntaxHighlight: false },
  // No images, so no endpoint for them: Astro's fetches any page with the visitor's cookies and calls the answer public.
  image: { endpoint: { route: '/_image', entrypoint: './src/lib/no-images.ts' } },
  devToolbar: { enabled: false },
  vite: {
    // In your site `@floe/kit` is what npm installed. Here it is the source beside it.
    resolve: {
      alias: [
        { find: '@floe/kit/content', replacement: `${KIT}/content/index.ts` },
        { find: /^@floe\/kit\/(\w+)$/, replacement: `${KIT}/$1.ts` },
        { find: '@floe/kit', replacement: `${KIT}/index.ts` },
      ],
    },
  },
});
