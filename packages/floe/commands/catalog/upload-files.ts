import path from 'node:path';
import { CliError } from '../../cli-error.ts';
import type { CatalogFile } from '../../catalog/model/catalog.rules.ts';
import { type CatalogPolar, openCatalog } from '../../catalog/open-catalog.ts';
import { withLease } from '../../catalog/push/lease.ts';
import { saySent, uploadFile } from '../../catalog/push/upload-file.ts';
import { readSoldFile } from '../../catalog/source/read-files.ts';
import { readSource, type Source } from '../../catalog/source/read-source.ts';
import { listFiles } from '../../catalog/there/list-polar.ts';
import { fileKeys } from '../../catalog/there/object-keys.rules.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Column } from '../../terminal/table.ts';
import { count } from '../../words/names.rules.ts';
import { sayBytes } from '../../../kit/elements/bytes.ts';

interface UploadOptions {
  mode: Mode;
  dryRun: boolean;
  config?: string | undefined;
}

/** A file of this machine. */
interface Local {
  file: CatalogFile;
  whole: string;
}

interface Row {
  file: string;
  size: number;
  what: 'uploaded' | 'to upload' | 'there already';
  id: string | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'file', text: ({ file }) => file },
  { title: 'size', text: ({ size }) => sayBytes(size, 'en'), align: 'right' },
  { title: '', text: ({ what }) => what },
  { title: 'id', text: ({ id }) => id, keep: true },
];

/** Uploads the files that pages give, or those that are named, as far as Polar lacks them: it lists each with its checksum. */
export async function uploadFiles(
  context: Context,
  names: readonly string[],
  options: UploadOptions,
): Promise<void> {
  const { cwd, out } = context;
  const { mode } = options;
  const source = await readSource(context, options.config);
  const locals = names.length === 0 ? sold(source) : await readNamed(cwd, names, source);
  const polar = await openCatalog(context, source.config.product, mode);
  const ids = await idsThere(polar);
  const missing = locals.filter(({ file }) => !ids.has(file.key));
  if (missing.length > 0 && !options.dryRun) {
    if (mode === 'live') await out.confirm(`Upload ${count(missing.length, 'file')} to live?`);
    await withLease(context, polar.api, source.config.product, async (lease) => {
      // Whoever pushed while this one waited may have uploaded some.
      for (const [key, id] of await idsThere(polar)) ids.set(key, id);
      for (const { file, whole } of missing.filter((each) => !ids.has(each.file.key))) {
        await lease.keep();
        const title = `Uploading ${shown(cwd, whole)} (${sayBytes(file.size, 'en')})`;
        const id = await out.step(title, (progress) =>
          uploadFile(context, polar, file, whole, {
            keep: () => lease.keep(),
            progress: (sent, of) => progress(sent, of, saySent(sent, of)),
          }),
        );
        ids.set(file.key, id);
      }
    });
  }
  const wasMissing = new Set(missing.map(({ file }) => file.key));
  const rows = locals.map(({ file, whole }): Row => ({
    file: shown(cwd, whole),
    size: file.size,
    what: !wasMissing.has(file.key) ? 'there already' : options.dryRun ? 'to upload' : 'uploaded',
    id: ids.get(file.key) ?? null,
  }));
  out.table(rows, COLUMNS, { empty: 'No page gives a file.' });
}

/** With slashes on every machine. */
const shown = (cwd: string, whole: string) => path.relative(cwd, whole).replaceAll('\\', '/');

const sold = ({ catalog, paths }: Source): Local[] =>
  catalog.files.map((file) => ({ file, whole: paths.get(file.key) ?? file.name }));

/** @throws {CliError} with all that are not there */
async function readNamed(cwd: string, names: readonly string[], { catalog }: Source): Promise<Local[]> {
  const found = new Map<string, Local>();
  const errors: { path: string; message: string }[] = [];
  for (const name of names) {
    const whole = path.resolve(cwd, name);
    const file = await readSoldFile(whole, 'downloadable');
    if (file) found.set(file.key, { file: catalog.files.find(({ key }) => key === file.key) ?? file, whole });
    else errors.push({ path: name, message: 'there is no such file' });
  }
  if (errors.length > 0) throw new CliError(EXIT.notFound, 'Nothing was uploaded.', { errors });
  return [...found.values()];
}

/** Ids of the files that Polar has, by their keys; the oldest of those that are alike. */
async function idsThere(polar: CatalogPolar): Promise<Map<string, string>> {
  const all = await listFiles(polar);
  const newestFirst = all.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
  return new Map(newestFirst.flatMap((file) => fileKeys(file).map((key) => [key, file.id] as const)));
}
