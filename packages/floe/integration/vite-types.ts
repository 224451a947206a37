/* As much of Vite (6 or newer) and of Astro as is used, described here: this package depends on neither. Published as it stands. */

interface ModuleGraph {
  getModuleById(id: string): object | undefined;
  invalidateModule(module: object): void;
}

interface Hot {
  send(payload: object): void;
}

/** A server that is developed on. */
export interface ViteServer {
  config: { logger: { error(text: string): void }; server: { watch?: object | null | undefined } };
  environments: Record<string, { moduleGraph: ModuleGraph; hot: Hot }>;
  watcher: {
    add(files: string[]): unknown;
    on(event: string, listener: (event: string, file: string) => void): unknown;
  };
  ws: { on(event: string, listener: () => void): unknown; send(payload: object): void };
}

interface ViteConfig {
  root: string;
  base: string;
  command: 'build' | 'serve';
  logger: { info(text: string): void; warn(text: string): void; error(text: string): void };
}

interface Building {
  meta: { watchMode: boolean };
  addWatchFile(file: string): void;
}

/** A plugin of Vite. */
export interface FloeVitePlugin {
  name: string;
  configResolved(config: ViteConfig): void;
  buildStart(this: Building): Promise<void>;
  configureServer(server: ViteServer): Promise<void>;
  resolveId(id: string): string | undefined;
  load(id: string): Promise<string | undefined>;
}

export interface AstroConfig {
  base: string;
  i18n?: { locales: (string | { path: string; codes: string[] })[]; defaultLocale: string } | undefined;
}

interface AstroRoute {
  type: string;
  origin: string;
  pattern: string;
  patternRegex: RegExp;
  entrypoint: string;
  isPrerendered: boolean;
}

/** An integration of Astro. */
export interface FloeAstroIntegration {
  name: string;
  hooks: {
    'astro:config:setup': (options: {
      updateConfig(config: { vite: { plugins: FloeVitePlugin[] } }): unknown;
    }) => void;
    'astro:routes:resolved': (options: { routes: AstroRoute[] }) => void;
    'astro:build:done': (options: { logger: { warn(text: string): void } }) => Promise<void>;
    'astro:config:done': (options: {
      config: AstroConfig;
      injectTypes(type: { filename: `${string}.d.ts`; content: string }): unknown;
    }) => void;
  };
}
