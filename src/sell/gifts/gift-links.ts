import { base64url } from 'jose';
import type { Config } from '../../base/config.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { encryptingKey } from '../../base/sealed.ts';
import { hashSecret } from '../../base/secrets.ts';

/*
 * The code in a gift's link: HMAC-SHA-256, 256 bits, under a key made from an encryption key, over the gift's id and the
 * number of its link. D1 has its SHA-256 only, as of every secret; and a mail that is tried again, after a crash or when
 * the first try may have arrived all the same, has the same link. A further link has another number, and the code of
 * the one before is forgotten with its hash.
 */

/** Which link of a gift. */
export interface LinkOf {
  id: string;
  /** 1, 2, 3 … */
  link: number;
}

export interface GiftLink {
  code: string;
  linkHash: string;
  linkKey: string;
}

/** Makes a gift's link with the key that encrypts now. */
export async function makeLink(config: Config, of: LinkOf): Promise<GiftLink> {
  const { id, key } = encryptingKey(config);
  const code = await codeOf(key, of);
  return { code, linkHash: await hashSecret(code), linkKey: id };
}

/** The code of a link that was made before; undefined when its key was removed from the configuration since. */
export async function recallCode(config: Config, keyId: string, of: LinkOf): Promise<string | undefined> {
  const known = config.encryptionKeys.find(({ id }) => id === keyId);
  return known && codeOf(known.key, of);
}

/** The address that the recipient opens. */
export function addressOfLink(config: Config, app: Pick<AppRow, 'slug'>, code: string): string {
  return `${config.url}/gift/${app.slug}/${code}`;
}

/** The code in what somebody pasted: the whole address, whatever a mail program has added to it, or the code alone. */
export function readGiftCode(text: string): string {
  return (
    text
      .trim()
      .split(/[/?#]/)
      .find((part) => /^[\w-]{43}$/.test(part)) ?? ''
  );
}

async function codeOf(secret: Uint8Array<ArrayBuffer>, { id, link }: LinkOf): Promise<string> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode('floe gift'),
  };
  const signing = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  const key = await crypto.subtle.deriveKey(how, root, signing, false, ['sign']);
  const message = new TextEncoder().encode(JSON.stringify([id, link]));
  return base64url.encode(new Uint8Array(await crypto.subtle.sign('HMAC', key, message)));
}
