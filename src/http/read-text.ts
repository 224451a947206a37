import { Problem } from '../base/problem.ts';

/**
 * Reads a body as UTF-8, stopping as soon as it is larger than `maxBytes`, whatever Content-Length says.
 * @throws {Problem} `payload_too_large`
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () =>
    new Problem('payload_too_large', { detail: `The body is larger than ${maxBytes} bytes.` });
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  if (!request.body) return '';
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  let text = '';
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
