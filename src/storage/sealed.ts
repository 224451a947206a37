import type { Config } from '../config.ts';

/*
 * Data at rest that D1 must not hold in clear: AES-256-GCM. Layout: 1 byte length of the key id, the key id,
 * 12 bytes IV, ciphertext with tag. The key id lets keys rotate: the first configured encrypts, all decrypt.
 * `context` (table and row) is authenticated: a value moved to another row does not open.
 */
const IV_BYTES = 12;
const imported = new WeakMap<Uint8Array, Promise<CryptoKey>>();

function importKey(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  let promise = imported.get(key);
  if (!promise) {
    promise = crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
    imported.set(key, promise);
  }
  return promise;
}

/** Encrypts `text` for one row, named by `context`. */
export async function seal(config: Config, context: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const current = config.encryptionKeys[0];
  if (!current) throw new Error('no encryption key');
  const id = new TextEncoder().encode(current.id);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const cipher = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(context) },
    await importKey(current.key),
    new TextEncoder().encode(text),
  );
  const sealed = new Uint8Array(1 + id.byteLength + IV_BYTES + cipher.byteLength);
  sealed[0] = id.byteLength;
  sealed.set(id, 1);
  sealed.set(iv, 1 + id.byteLength);
  sealed.set(new Uint8Array(cipher), 1 + id.byteLength + IV_BYTES);
  return sealed;
}

/**
 * Decrypts what `seal` made for the same `context`. D1 hands blobs back as arrays of numbers: both forms are taken.
 * @throws when the key is gone, the context differs or the bytes were changed.
 */
export async function unseal(
  config: Config,
  context: string,
  value: ArrayLike<number> | ArrayBuffer,
): Promise<string> {
  const sealed = value instanceof ArrayBuffer ? new Uint8Array(value) : Uint8Array.from(value);
  const idLength = sealed[0] ?? 0;
  const id = new TextDecoder().decode(sealed.subarray(1, 1 + idLength));
  const found = config.encryptionKeys.find((key) => key.id === id);
  if (!found) throw new Error(`the encryption key ${id} is not configured`);
  const iv = sealed.subarray(1 + idLength, 1 + idLength + IV_BYTES);
  const plain = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(context) },
    await importKey(found.key),
    sealed.subarray(1 + idLength + IV_BYTES),
  );
  return new TextDecoder().decode(plain);
}
