import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { transformSync } from 'oxc-transform';

/*
 * Makes what is installed of the packages. What they need of others is built into them, with its licences. Of the kit that is the HTML
 * parser in the content entry (ADR 64), all else is JavaScript and types file by file, so that who cuts no texts loads no parser. The
 * simulator is a program, and what other programs start it with. The command line is a program (ADR 87).
 */
const ROOT = path.join(import.meta.dirname, '..');
const KIT = path.join(ROOT, 'packages', 'kit');
const SIMULATOR = path.join(ROOT, 'packages', 'polar-simulator');
const FLOE = path.join(ROOT, 'packages', 'floe');

/** Writes the built kit to `outDir`, which is emptied first. */
export async function buildKit(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  for (const [name, text] of await makeKit()) {
    await mkdir(path.dirname(path.join(outDir, name)), { recursive: true });
    await writeFile(path.join(outDir, name), text);
  }
}

/** The built kit's files by name, in order: JavaScript and types of each module, and the content entry as one file. */
export async function makeKit(): Promise<Map<string, string>> {
  const modules = await Promise.all(
    ['', 'elements', 'pages', path.join('pages', 'messages')].map(async (folder) => {
      const names = (await readdir(path.join(KIT, folder))).filter((name) => name.endsWith('.ts'));
      return Promise.all(names.map((name) => transpile(KIT, path.join(folder, name))));
    }),
  );
  // Only the entry's types are asked for, and they name no other file (test/kit/package.test.ts compiles against them).
  const content = await transpile(KIT, path.join('content', 'index.ts'));
  content.set('content/index.js', await bundleContent());
  return new Map(
    [...modules.flat(), content].flatMap((files) => [...files]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** JavaScript and types of one module beneath a folder. The compiler checks them elsewhere (`npm run types`); this only writes them. */
async function transpile(folder: string, name: string): Promise<Map<string, string>> {
  const { code, declaration, errors } = transformSync(name, await readFile(path.join(folder, name), 'utf8'), {
    target: 'es2022',
    typescript: { onlyRemoveTypeImports: true, rewriteImportExtensions: 'rewrite', declaration: {} },
  });
  const [error] = errors;
  if (error || declaration === undefined) throw new Error(`${name}: ${error?.message ?? 'has no types'}`);
  const base = name.replaceAll(path.sep, '/').replace(/\.ts$/, '');
  return new Map([
    [`${base}.js`, code],
    [`${base}.d.ts`, declaration],
  ]);
}

async function bundleContent(): Promise<string> {
  const [file] = await bundle({
    entryPoints: [path.join(KIT, 'content', 'index.ts')],
    outfile: 'index.js',
    minify: true,
    platform: 'neutral',
    target: 'es2022',
  });
  if (!file) throw new Error('esbuild made no file of the content entry.');
  return file.text;
}

/** Writes the simulator to `outDir`: a program that Node runs from wherever it is, and the entry that programs import. */
export async function buildSimulator(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await writeBundle({
    entryPoints: {
      'polar-simulator': path.join(SIMULATOR, 'main.ts'),
      entry: path.join(SIMULATOR, 'entry.ts'),
    },
    outdir: outDir,
    splitting: true,
    chunkNames: 'shared',
    platform: 'node',
    target: 'node20',
  });
  // Checked with all else; these files say all their types themselves.
  await compileSimulator('--outDir', outDir);
}

/** What libraries of the older module system need in a module: their `require`. */
const REQUIRE = `import { createRequire as floeCreateRequire } from 'node:module';\nconst require = floeCreateRequire(import.meta.url);`;

/**
 * Writes the command line to `outDir`: what `bin.mjs` runs where there is no source, with what few commands need in files of its own, what a
 * configuration in TypeScript imports, and what builds of sites do.
 */
export async function buildFloe(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await writeBundle(
    {
      entryPoints: {
        main: path.join(FLOE, 'main.ts'),
        vite: path.join(FLOE, 'integration', 'vite.ts'),
        astro: path.join(FLOE, 'integration', 'astro.ts'),
      },
      outdir: outDir,
      splitting: true,
      chunkNames: 'parts/[name]-[hash]',
      platform: 'node',
      target: 'node20',
    },
    REQUIRE,
  );
  // `floe/config`, with its types.
  for (const each of ['define-config.ts', 'config-entries.ts'])
    for (const [name, text] of await transpile(path.join(FLOE, 'catalog', 'source'), each))
      await writeFile(path.join(outDir, name), text);
  // `floe/vite` and `floe/astro` are programs; of these files only what an editor reads is needed.
  const integration = path.join(FLOE, 'integration');
  for (const each of ['vite.ts', 'astro.ts', 'options.ts', 'vite-types.ts'])
    for (const [name, text] of await transpile(integration, each))
      if (name.endsWith('.d.ts')) await writeFile(path.join(outDir, name), text);
  await cp(path.join(integration, 'catalog-module.d.ts'), path.join(outDir, 'catalog-module.d.ts'));
}

/** Runs the TypeScript compiler. @throws with what it says when the simulator does not compile */
async function compileSimulator(...options: string[]): Promise<void> {
  const typescript = path.dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const project = path.join(SIMULATOR, 'tsconfig.types.json');
  const args = [path.join(typescript, 'bin', 'tsc'), '-p', project, ...options];
  await promisify(execFile)(process.execPath, args).catch((error: { stdout?: string }) => {
    throw new Error(`The simulator does not compile:\n${error.stdout}`, { cause: error });
  });
}

/** Puts all that is imported into few files, and before each the licences of that, and `first`. */
async function bundle(options: BuildOptions, first = ''): Promise<{ path: string; text: string }[]> {
  const { metafile, outputFiles } = await build({
    ...options,
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
    metafile: true,
    write: false,
  });
  return Promise.all(
    outputFiles.map(async (file) => {
      const name = path.relative(ROOT, file.path).replaceAll(path.sep, '/');
      const licences = await readLicences([...inputsOf(name, metafile)]);
      // A program says in its first line what runs it.
      const [shebang = ''] = /^#!.*\n/.exec(file.text) ?? [];
      const parts = [licences, first, file.text.slice(shebang.length)].filter((part) => part !== '');
      return { path: file.path, text: shebang + parts.join('\n') };
    }),
  );
}

/** What is in a file, and in those that are loaded with it when it is where a program begins. */
function inputsOf(name: string, metafile: Metafile, seen = new Set<string>()): Set<string> {
  const output = metafile.outputs[name];
  if (!output || seen.has(name)) return new Set();
  seen.add(name);
  const loaded = output.entryPoint === undefined && seen.size === 1 ? [] : output.imports;
  const others = loaded.filter(({ kind, external }) => kind === 'import-statement' && external !== true);
  return new Set([
    ...Object.keys(output.inputs),
    ...others.flatMap((each) => [...inputsOf(each.path, metafile, seen)]),
  ]);
}

async function writeBundle(options: BuildOptions, first?: string): Promise<void> {
  for (const file of await bundle(options, first)) {
    await mkdir(path.dirname(file.path), { recursive: true });
    await writeFile(file.path, file.text);
  }
}

/** The licences of the packages that files belong to, as a comment that bundlers keep. */
async function readLicences(files: readonly string[]): Promise<string> {
  const folders = files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const packages = [...new Set(folders)].filter((folder) => folder !== undefined).toSorted();
  const texts = await Promise.all(
    packages.map(async (folder) => {
      const { name, version, license, author } = JSON.parse(
        await readFile(path.join(ROOT, folder, 'package.json'), 'utf8'),
      ) as Record<string, string>;
      const file = (await readdir(path.join(ROOT, folder))).find((each) => /^licen[cs]e(?:\.|$)/i.test(each));
      // Few come without the file, and say it here alone.
      const text =
        file === undefined ? `${license}, ${author}` : await readFile(path.join(ROOT, folder, file), 'utf8');
      return `${name} ${version}\n\n${text.trim()}`;
    }),
  );
  return texts.length === 0 ? '' : `/*!\n${texts.join('\n\n---\n\n')}\n*/`;
}

if (import.meta.main) {
  const [only] = process.argv.slice(2);
  if (only === undefined || only === 'kit') await buildKit(path.join(KIT, 'dist'));
  if (only === undefined || only === 'polar-simulator') await buildSimulator(path.join(SIMULATOR, 'dist'));
  // Nothing here uses it: in a clone `floe` runs as it is written.
  if (only === 'floe') {
    await buildFloe(path.join(FLOE, 'dist'));
    // What `floe setup` deploys. It takes wrangler, which the other packages do without.
    const { buildRelease } = await import('./build-release.ts');
    await buildRelease(path.join(FLOE, 'dist', 'release'));
  }
}
