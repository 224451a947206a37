import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, type BuildOptions } from 'esbuild';

/*
 * Makes what sites install: JavaScript and types file by file, except for the content entry, which is one file with the HTML
 * parser in it (ADR 64). So the kit depends on nothing, and who cuts no texts loads no parser.
 */
const ROOT = path.join(import.meta.dirname, '..');
const KIT = path.join(ROOT, 'packages', 'kit');

/** Writes the built kit to `outDir`, which is emptied first. */
export async function buildKit(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  const typescript = path.dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const compile = [path.join(typescript, 'bin', 'tsc'), '-p', KIT, '--outDir', outDir];
  await promisify(execFile)(process.execPath, compile).catch((error: { stdout?: string }) => {
    throw new Error(`The kit does not compile:\n${error.stdout}`, { cause: error });
  });
  const content = path.join(outDir, 'content');
  // Only the entry's types are asked for, and they name no other file (test/kit/package.test.ts compiles against them).
  for (const name of await readdir(content)) if (name !== 'index.d.ts') await rm(path.join(content, name));
  await bundleContent(path.join(content, 'index.js'));
}

async function bundleContent(outfile: string): Promise<void> {
  const options: BuildOptions = {
    absWorkingDir: ROOT,
    entryPoints: [path.join(KIT, 'content', 'index.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'error',
  };
  const { metafile } = await build({ ...options, metafile: true, write: false });
  const licences = await readLicences(Object.keys(metafile.inputs));
  await build({ ...options, outfile, banner: { js: licences } });
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

if (import.meta.main) await buildKit(path.join(KIT, 'dist'));
