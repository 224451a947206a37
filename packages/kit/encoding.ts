const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of base64url (RFC 4648 section 5, no padding). @throws when it is not that. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw new TypeError('not base64url');
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}

/** Bytes of base64, padded or not. @throws when it is not that. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  // A plain loop: `Uint8Array.from` with a callback takes ten times as long, and this is half of a verification.
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Base64url of bytes, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** A JSON value in base64url. @throws when it is not that. */
export function parseBase64UrlJson(text: string): unknown {
  return JSON.parse(decoder.decode(fromBase64Url(text)));
}
