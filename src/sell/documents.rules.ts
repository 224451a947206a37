/**
 * When a signed address of S3 ends (AWS Signature Version 4, query parameters), milliseconds since 1970; null for any other
 * address.
 */
export function endOfAddress(address: string): number | null {
  const query = URL.parse(address)?.searchParams;
  const signed = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query?.get('X-Amz-Date') ?? '');
  const seconds = /^\d{1,7}$/.exec(query?.get('X-Amz-Expires') ?? '')?.[0];
  if (!signed || seconds === undefined) return null;
  const [, year, month, day, hour, minute, second] = signed;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at + Number(seconds) * 1000;
}
