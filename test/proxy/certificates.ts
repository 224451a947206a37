import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';

/* Certificates as a real gateway has them: two issuers stand between its own and the root that proxies trust. */

export interface Certificates {
  /** The file of the root. */
  root: string;
  /** A key and a certificate for these names, with the issuers behind it. */
  issue(names: readonly string[]): Promise<{ key: string; cert: string }>;
  close(): Promise<void>;
}

/** Makes a root and its issuers. Takes a moment. */
export async function makeCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(path.join(tmpdir(), 'floe-certificates-'));
  const file = (name: string) => path.join(directory, name);
  const openssl = (...command: string[]) =>
    execFileSync(inject('openssl'), command, { cwd: directory, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

  const sign = async (name: string, issuer: string, extensions: string) => {
    await writeFile(file(`${name}.ext`), extensions);
    openssl(
      'req',
      '-new',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    const by = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...by,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
    return readFile(file(`${name}.pem`), 'utf8');
  };

  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
    '-days',
    '2',
    '-subj',
    '/CN=root',
  );
  const issuer = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n';
  const issuers = [await sign('first', 'root', issuer), await sign('second', 'first', issuer)];
  let count = 0;
  return {
    root: file('root.pem'),
    async issue(names) {
      const name = `leaf-${++count}`;
      const cert = await sign(name, 'second', `subjectAltName=${names.join(',')}\n`);
      return {
        key: await readFile(file(`${name}.key`), 'utf8'),
        cert: [cert, ...issuers.toReversed()].join(''),
      };
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
