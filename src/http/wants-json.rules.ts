/** Whether a caller would rather have JSON than be sent on: it says so in `Accept` (RFC 9110 §12.5.1). */
export function wantsJson(accept: string | undefined): boolean {
  return /(^|[\s,])application\/json\s*(;|,|$)/i.test(accept ?? '');
}
