import { fromBase64Url, toBase64Url } from '../encoding.ts';

const SECRET_BYTES = 32;
const encoder = new TextEncoder();

/** Ties forms to the browser that they were sent to: the token in a form belongs to the secret in a cookie. */
export interface FormTokens {
  /** The token for a browser's secret. */
  write(secret: string): Promise<string>;
  isRight(secret: string | undefined, token: string | null): Promise<boolean>;
}

export function newFormSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

export function isFormSecret(value: string | undefined): value is string {
  return value !== undefined && /^[\w-]{43}$/.test(value);
}

/** A token is made with the app's key, so that whoever can plant a cookie cannot make the token for it. */
export function openFormTokens(key: string): FormTokens {
  let imported: CryptoKey | undefined;
  const macKey = async () =>
    (imported ??= await crypto.subtle.importKey(
      'raw',
      encoder.encode(`floe/kit form token\n${key}`),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    ));
  return {
    async write(secret) {
      return toBase64Url(
        new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(), encoder.encode(secret))),
      );
    },
    async isRight(secret, token) {
      if (!isFormSecret(secret) || token === null || !/^[\w-]{43}$/.test(token)) return false;
      return crypto.subtle.verify('HMAC', await macKey(), fromBase64Url(token), encoder.encode(secret));
    },
  };
}
