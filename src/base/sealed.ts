import { base64url } from 'jose';
import type { Config } from './config.ts';
import { newestKey } from './newest-key.rules.ts';
import type { EncryptionKey } from './settings.ts';

/*
 * Data that D1 must not hold in clear (invariant 10): AES-256-GCM, as text `<key id>.<form>.<base64url of IV and
 * ciphertext>`, since D1 transports bytes as lists of numbers. The key id lets keys rotate: one configured key encrypts,
 * all decrypt. `form` is `z` for gzip inside, `p` for plain. `context` (table and row) is authenticated, so a
 * value that was moved to another row cannot be decrypted. Compressing reveals nothing, since no value has both a
 * secret and text that somebody else chooses.
 */
const IV_BYTES = 12;
/** For shorter texts gzip's header is longer than what it saves. */
const COMPRESS_FROM_BYTES = 512;
const imported = new WeakMap<Uint8Array, CryptoKey>();

async function importKey(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known) return known;
  const made = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  imported.set(key, made);
  return made;
}

/** The key that encrypts now. The others decrypt, those to come too, so that every isolate can read what one encrypts. */
export function encryptingKey({ encryptionKeys }: Config): EncryptionKey {
  const key = newestKey(encryptionKeys, ({ encrypt_from }) => encrypt_from, Date.now() / 1000);
  if (!key) throw new Error('no encryption key');
  return key;
}

/** Encrypts `text` for one row, named by `context`. */
export async function seal(config: Config, context: string, text: string): Promise<string> {
  const current = encryptingKey(config);
  const plain = Uint8Array.from(new TextEncoder().encode(text));
  const form = plain.byteLength < COMPRESS_FROM_BYTES ? 'p' : 'z';
  const content = form === 'z' ? await pipe(plain, new CompressionStream('gzip')) : plain;
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const cipher = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(context) },
    await importKey(current.key),
    content,
  );
  const bytes = new Uint8Array(IV_BYTES + cipher.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(cipher), IV_BYTES);
  return `${current.id}.${form}.${base64url.encode(bytes)}`;
}

/**
 * Decrypts what `seal` made for the same `context`.
 * @throws when the key is gone, the context differs or anything was changed.
 */
export async function unseal(config: Config, context: string, sealed: string): Promise<string> {
  const [id = '', form, encoded = ''] = sealed.split('.');
  const found = config.encryptionKeys.find((key) => key.id === id);
  if (!found) throw new Error(`the encryption key ${id} is not configured`);
  const bytes = base64url.decode(encoded);
  const content = await crypto.subtle.decrypt(
    {
      name: 'AES-GCM',
      iv: bytes.slice(0, IV_BYTES),
      additionalData: new TextEncoder().encode(context),
    },
    await importKey(found.key),
    bytes.slice(IV_BYTES),
  );
  const plain = form === 'z' ? await pipe(new Uint8Array(content), new DecompressionStream('gzip')) : content;
  return new TextDecoder().decode(plain);
}

function pipe(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer();
}
