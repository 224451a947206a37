import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Checks, exec, TERMINAL } from '../../cli/checks.ts';
import { digestFingerprint, LICENSE_TYPE, licenseAudience } from '../../packages/kit/license-claims.ts';
import { fileOf, readBlocks } from '../documents/blocks.ts';
import { ShellSession } from '../documents/shell-session.ts';
import { encode, forge, newSigningKey } from '../kit/fake-gateway.ts';

/*
 * docs/offline-licences.md, as somebody reads it: a key is bought and activated, and programs in other languages verify its licence. Then each
 * program is given licences that do not count.
 */

const PAGE = 'docs/offline-licences.md';
const DAY = 86_400;
const MACHINE = 'the machine of Lena';
const GATEWAY = 'https://pay.example.com';
const APP = 'quay-live';
const RESOURCE = 'feature:export';

/** The languages by their headings, what shows that each is there, and how its program is called. */
const LANGUAGES = [
  {
    name: 'Python',
    probe: ['python3', '-c', 'import ensurepip'],
    program: ['.venv/bin/python', 'licence.py'],
  },
  { name: 'Go', probe: ['go', 'version'], program: ['./licence'] },
  { name: 'Rust', probe: ['cargo', '--version'], program: ['target/debug/licence'] },
] as const;

/** @returns whether a language was there */
export async function followLicences(floe: string, check: Checks['check']): Promise<boolean> {
  const folder = path.join(path.dirname(floe), 'floe-licence');
  const blocks = await readBlocks(PAGE);
  const shell = new ShellSession('bash', { cwd: floe, env: { ...TERMINAL, PIP_NO_INPUT: '1' } });
  let read = 0;
  try {
    const isThere = await check(`${PAGE}: a key is bought, activated, and a licence made`, async () => {
      for (const { text } of blocks.filter(({ part, language }) => part === 'Get one' && language === 'sh'))
        await shell.type(text);
      const said = await shell.type('wc -c < licence.jwt');
      if (!(Number(said.trim()) > 300)) throw new Error(`There is no licence:\n${shell.said}`);
      return true;
    });
    if (!isThere) return true;
    for (const { name, probe, program } of LANGUAGES) {
      const [tool, ...args] = probe;
      const isInstalled = await exec(tool, args, floe).then(
        () => true,
        () => false,
      );
      if (!isInstalled) {
        console.log(`not run ${PAGE}, ${name}: ${tool} is not on this machine.`);
        continue;
      }
      read++;
      const built = await check(`${PAGE}: ${name} opens what the licence gives`, async () => {
        for (const block of blocks.filter(({ part }) => part === name)) {
          if (block.language === 'sh') await shell.type(block.text);
          else await save(folder, block);
        }
        if (!shell.said.includes('plan:quay:tides is open')) throw new Error(shell.said);
        return true;
      });
      if (!built) continue;
      for (const { what, token, jwks, says, fingerprint = MACHINE } of await vectors())
        await check(`${PAGE}: ${name} says of ${what}: ${says}`, async () => {
          await writeFile(path.join(folder, 'given.jwt'), token);
          await writeFile(path.join(folder, 'given.json'), JSON.stringify(jwks));
          const [file, ...first] = program;
          const given = ['given.jwt', 'given.json', GATEWAY, APP, fingerprint, RESOURCE];
          const said = await exec(path.join(folder, file), [...first, ...given], folder).then(
            ({ stdout }) => stdout,
            (error: unknown) => String(Object(error).stderr ?? error),
          );
          if (!said.includes(says)) throw new Error(`It says ${said}`);
        });
    }
  } finally {
    await shell.close();
  }
  return read > 0;
}

async function save(folder: string, block: Parameters<typeof fileOf>[0]): Promise<void> {
  const name = fileOf(block);
  if (name === undefined) throw new Error(`A program of ${PAGE} does not name its file.`);
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), `${block.text}\n`);
}

interface Vector {
  what: string;
  token: string;
  jwks: object;
  says: string;
  fingerprint?: string;
}

/** Licences that count and do not, and what every program says of them. */
async function vectors(): Promise<Vector[]> {
  const [key, stranger] = [await newSigningKey('key-1'), await newSigningKey('key-1')];
  const { kty, crv, x, kid } = key;
  const jwks = {
    keys: [
      { kty: 'RSA', kid, n: 'x', e: 'AQAB' },
      { kty, crv, x, kid, use: 'sig' },
    ],
  };
  const now = Math.floor(Date.now() / 1000);
  const activation = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
  const claims = {
    iss: `${GATEWAY}/live`,
    aud: licenseAudience(APP),
    sub: 'license_key:1',
    display_key: '****-B7A4C1',
    activation_id: activation,
    fingerprint: await digestFingerprint(activation, MACHINE),
    ent: ['content:courses/*', RESOURCE],
    iat: now,
    exp: now + 30 * DAY,
  };
  const header = { typ: LICENSE_TYPE };
  const sign = (change: object = {}, more: object = {}) =>
    forge({ ...claims, ...change }, key, { ...header, ...more });
  const good = await sign();
  const [head, payload, tail] = good.split('.');
  const longer = encode(JSON.stringify({ ...claims, exp: now + 3_000 * DAY }));
  const entitlements = {
    iss: claims.iss,
    aud: APP,
    sub: 'customer',
    ent: [RESOURCE],
    ver: now * 1000,
    iat: now,
    exp: now + 300,
  };
  const of = (what: string, token: string, says: string, more: Partial<Vector> = {}): Vector => ({
    what,
    token,
    jwks,
    says,
    ...more,
  });
  return [
    of('a licence', good, `${RESOURCE} is open`),
    of('one under the older name of the algorithm', await sign({}, { alg: 'EdDSA' }), 'is open'),
    of('one that gives something else', await sign({ ent: ['feature:else'] }), 'is not open'),
    of('one of which this has ended', await sign({ ends: { [RESOURCE]: now - 10 } }), 'is not open'),
    of('an expired one', await sign({ iat: now - 40 * DAY, exp: now - DAY }), 'refused: expired'),
    of('one of tomorrow', await sign({ iat: now + DAY }), 'refused: not_yet_valid'),
    of('another machine’s', good, 'refused: wrong_fingerprint', { fingerprint: 'another' }),
    of('another app’s', await sign({ aud: 'license:atlas-live' }), 'refused: wrong_app'),
    of('one for an app without the prefix', await sign({ aud: APP }), 'refused: wrong_app'),
    of('one of the sandbox', await sign({ iss: `${GATEWAY}/sandbox` }), 'refused: wrong_issuer'),
    of('one of another gateway', await sign({ iss: 'https://evil.example/live' }), 'refused: wrong_issuer'),
    of('a changed one', `${head}.${longer}.${tail}`, 'refused: bad_signature'),
    of('a stranger’s under a known key', await forge(claims, stranger, header), 'refused: bad_signature'),
    of('one of an unknown key', await sign({}, { kid: 'key-2' }), 'refused: unknown_key'),
    of('an entitlement token', await forge(entitlements, key), 'refused: wrong_type'),
    of('an entitlement token with all claims of a licence', await forge(claims, key), 'refused: wrong_type'),
    of('one without an algorithm', await sign({}, { alg: 'none' }), 'refused: wrong_algorithm'),
    of('one with an extension', await sign({}, { crit: ['exp'] }), 'refused: malformed'),
    of('one without a signature', `${head}.${payload}.`, 'refused: malformed'),
    of('two parts', `${head}.${payload}`, 'refused: malformed'),
    of('rubbish', '%%%.%%%.%%%', 'refused: malformed'),
    of('what is far too long', `${good}${'A'.repeat(20_000)}`, 'refused: malformed'),
  ];
}
