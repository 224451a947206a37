/** More than an address, a code and a way back. */
const MAX_BYTES = 8_192;

/** The fields of a form that was sent; undefined when it is none, or too large. */
export async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  if (request.bodyUsed || request.body?.locked)
    throw new TypeError(
      'floe: something has read the body of this form before the gate. Call the gate first, or leave bodies alone where gate.hasPage says that the page is its own.',
    );
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type) || request.body === null) return undefined;
  const decoder = new TextDecoder();
  const reader = request.body.getReader();
  let text = '';
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return new URLSearchParams(text + decoder.decode());
    bytes += value.byteLength;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
