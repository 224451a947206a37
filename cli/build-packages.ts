import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, type BuildOptions } from 'esbuild';

/*
 * Makes what is installed of the two packages. Both depend on nothing: what they need of others is built into them, with its
 * licences. Of the kit that is the HTML parser in the content entry (ADR 64), all else is JavaScript and types file by file, so that
 * who cuts no texts loads no parser. The simulator is a program, and what other programs start it with.
 */
const ROOT = path.join(import.meta.dirname, '..');
const KIT = path.join(ROOT, 'packages', 'kit');
const SIMULATOR = path.join(ROOT, 'packages', 'polar-simulator');

/** Writes the built kit to `outDir`, which is emptied first. */
export async function buildKit(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await compile('kit', KIT, '--outDir', outDir);
  const content = path.join(outDir, 'content');
  // Only the entry's types are asked for, and they name no other file (test/kit/package.test.ts compiles against them).
  for (const name of await readdir(content)) if (name !== 'index.d.ts') await rm(path.join(content, name));
  await bundleContent(path.join(content, 'index.js'));
}

const bundleContent = (outfile: string): Promise<void> =>
  bundle({
    entryPoints: [path.join(KIT, 'content', 'index.ts')],
    outfile,
    minify: true,
    platform: 'neutral',
    target: 'es2022',
  });

/** Writes the simulator to `outDir`: a program that Node runs from wherever it is, and the entry that programs import. */
export async function buildSimulator(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await bundle({
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
  await compile('simulator', path.join(SIMULATOR, 'tsconfig.types.json'), '--outDir', outDir);
}

/** Runs the TypeScript compiler. @throws with what it says when `name` does not compile */
async function compile(name: string, project: string, ...options: string[]): Promise<void> {
  const typescript = path.dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const args = [path.join(typescript, 'bin', 'tsc'), '-p', project, ...options];
  await promisify(execFile)(process.execPath, args).catch((error: { stdout?: string }) => {
    throw new Error(`The ${name} does not compile:\n${error.stdout}`, { cause: error });
  });
}

/** Puts all that is imported into the written files, and the licences of it before each. */
async function bundle(options: BuildOptions): Promise<void> {
  const all: BuildOptions = {
    ...options,
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  };
  const { metafile } = await build({ ...all, metafile: true, write: false });
  const licences = await readLicences(Object.keys(metafile.inputs));
  await build({ ...all, banner: { js: licences } });
}

/** The licences of the packages that files belong to, as a comment that bundlers keep. */
async function readLicences(files: readonly string[]): Promise<string> {
  const folders = files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const packages = [...new Set(folders)].filter((folder) => folder !== undefined).toSorted();
  const texts = await Promise.all(
    packages.map(async (folder) => {
      const { name, version } = JSON.parse(
        await readFile(path.join(ROOT, folder, 'package.json'), 'utf8'),
      ) as {
        name: string;
        version: string;
      };
      return `${name} ${version}\n\n${(await readFile(path.join(ROOT, folder, 'LICENSE'), 'utf8')).trim()}`;
    }),
  );
  return `/*!\n${texts.join('\n\n---\n\n')}\n*/`;
}

if (import.meta.main) {
  const [only] = process.argv.slice(2);
  if (only !== 'polar-simulator') await buildKit(path.join(KIT, 'dist'));
  if (only !== 'kit') await buildSimulator(path.join(SIMULATOR, 'dist'));
}
