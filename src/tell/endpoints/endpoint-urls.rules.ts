import ipaddr from 'ipaddr.js';
import { fail, ok, type Result } from '../../base/result.rules.ts';
import { withoutEnd } from '../../base/without-end.rules.ts';

/** Why no event may be sent to a URL. */
export type EndpointUrlRefusal =
  | 'too_long'
  | 'invalid'
  | 'not_https'
  | 'credentials'
  | 'fragment'
  | 'port'
  | 'own_host'
  | 'not_public'
  | 'internal_name'
  | 'impossible_name'
  | 'embedded_address';

export interface EndpointUrlRules {
  /** The gateway's own origin: it must never call itself. */
  ownUrl: string;
  /** Plain http and loopback are allowed, on any port. */
  development: boolean;
}

const MAX_URL_LENGTH = 2048;

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Azure's host agent, whose address looks public but is not. */
const AZURE_HOST = '168.63.129.16';
/**
 * The only part of IPv6 that is assigned to the public. `ipaddr.js` says `unicast` of addresses outside it as well, if
 * they are in no block that it knows (ADR 64).
 */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Special-purpose blocks of IPv4 that are publicly reachable all the same (IANA's registry). */
const REACHABLE_IPV4 = ['unicast', 'as112', 'amt'];

/** Names that exist only inside a network, or name a cloud's metadata service. */
const INTERNAL_SUFFIXES = `localhost localdomain local internal intranet private corp home lan svc arpa onion
  default cluster consul docker kubernetes pod node test invalid alt metadata.goog metadata.tencentyun.com`.split(
  /\s+/,
);

/** Public names that resolve to whatever address the name says, to loopback, or to one address after another. */
const ADDRESS_SERVICES =
  `nip.io sslip.io xip.io ip6.name backname.io traefik.me ipq.co 1u.ms rbndr.us localtest.me lvh.me
  vcap.me fuf.me lacolhost.com localho.st local.gd yoogle.com localhost.direct lndo.site ddev.site ratchetlocal.com
  smackaho.st beweb.com`.split(/\s+/);

/** Ports above 1023 where something else than a web server listens: databases, brokers, control planes, bad ports of WHATWG fetch. */
const CLOSED_PORTS = new Set([
  1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 4369, 5060, 5061,
  5432, 5671, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  7000, 7001, 8086, 8300, 8301, 8302, 8500, 8600, 9042, 9092, 9160, 9200, 9300, 10080, 10250, 10255, 11211,
  15672, 27017, 27018, 27019, 50070,
]);
const HTTPS_PORT = 443;
const FIRST_FREE_PORT = 1024;

/**
 * Whether events may be sent to `text` (trust rule 12). Called when an endpoint is saved and again before every send.
 * It sees names, not what they resolve to, which Cloudflare checks (`global_fetch_strictly_public`, ADR 11).
 */
export function checkEndpointUrl(text: string, rules: EndpointUrlRules): Result<URL, EndpointUrlRefusal> {
  if (text.length > MAX_URL_LENGTH) return fail('too_long');
  // The URL parser drops tabs and line breaks silently; what is stored should be what is called.
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what it refuses
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return fail('invalid');
  const url = URL.parse(text);
  // The URL parser adds slashes that nobody typed: `https:example.com`, `https:/example.com`.
  if (!url || url.hostname === '' || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return fail('invalid');
  if (url.protocol !== 'https:' && !(rules.development && url.protocol === 'http:')) return fail('not_https');
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/*[^/?#]*@/i.test(text))
    return fail('credentials');
  if (text.includes('#')) return fail('fragment');
  if (isOwnHost(url, rules)) return fail('own_host');
  if (rules.development && isLoopback(url.hostname)) return ok(url);
  const refusal = checkHost(url.hostname) ?? checkPort(url);
  return refusal ? fail(refusal) : ok(url);
}

/** A refusal in plain words, for the person who gave the URL. */
export function describeUrlRefusal(refusal: EndpointUrlRefusal): string {
  switch (refusal) {
    case 'too_long':
      return `The URL is longer than ${MAX_URL_LENGTH} characters.`;
    case 'invalid':
      return 'This is not an absolute URL such as https://shop.example.com/hooks (no spaces, backslashes or control characters).';
    case 'not_https':
      return 'The URL must start with https://.';
    case 'credentials':
      return 'The URL must have no user name or password. Verify the webhook’s signature instead.';
    case 'fragment':
      return 'The URL must have no fragment (#…): it would never be sent.';
    case 'port':
      return 'This port is not one that webhooks are sent to. Use 443, 8443 or another web server’s port above 1023.';
    case 'own_host':
      return 'This is the gateway’s own address.';
    case 'not_public':
      return 'This address is not on the public internet (it is loopback, private, link-local, multicast or reserved).';
    case 'internal_name':
      return 'This host name only exists inside a network. Use a public host name such as shop.example.com, without a dot at its end.';
    case 'impossible_name':
      return 'No host can have this name: its parts are 1 to 63 letters, digits and hyphens (no * or other signs), at most 253 characters in all.';
    case 'embedded_address':
      return 'This host name stands for an address that is written in it, or for your own machine. Use a host name of your own.';
  }
}

function isOwnHost(url: URL, { ownUrl, development }: EndpointUrlRules): boolean {
  const own = new URL(ownUrl);
  // On a development machine all servers have one host, so only the port identifies the gateway.
  if (development && isLoopback(own.hostname)) return isLoopback(url.hostname) && url.port === own.port;
  return withoutEnd(url.hostname, '.') === own.hostname;
}

function isLoopback(hostname: string): boolean {
  const address = readAddress(hostname);
  if (address !== undefined) return address.range() === 'loopback';
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

function checkHost(hostname: string): EndpointUrlRefusal | undefined {
  const address = readAddress(hostname);
  if (address !== undefined) return isPublic(address) ? undefined : 'not_public';
  if (hostname.endsWith('.') || !hostname.includes('.')) return 'internal_name';
  const isUnder = (suffix: string) => hostname === suffix || hostname.endsWith(`.${suffix}`);
  if (INTERNAL_SUFFIXES.some(isUnder)) return 'internal_name';
  if (ADDRESS_SERVICES.some(isUnder)) return 'embedded_address';
  // Other services resolve names with an address in them in the same way. A name with a private address in it is
  // refused; one with a public address, such as `ec2-52-0-56-137`, is allowed.
  for (const [, a, b, c, d] of hostname.matchAll(
    /(?<!\d)(?=(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?!\d))/g,
  )) {
    const embedded = readAddress(`${Number(a)}.${Number(b)}.${Number(c)}.${Number(d)}`);
    if (embedded !== undefined && !isPublic(embedded)) return 'embedded_address';
  }
  return isPossibleName(hostname) ? undefined : 'impossible_name';
}

const MAX_NAME_LENGTH = 253;

/** Whether DNS can have the name (RFC 1035 §2.3.1, RFC 5890 §2.3.2.1), and its last part can be a top-level domain. */
function isPossibleName(hostname: string): boolean {
  const labels = hostname.split('.');
  return (
    hostname.length <= MAX_NAME_LENGTH &&
    labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)) &&
    /^([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/.test(labels.at(-1) ?? '')
  );
}

function checkPort(url: URL): EndpointUrlRefusal | undefined {
  if (url.port === '') return undefined;
  const port = Number(url.port);
  return port === HTTPS_PORT || (port >= FIRST_FREE_PORT && !CLOSED_PORTS.has(port)) ? undefined : 'port';
}

/**
 * The host as an IP address, undefined when it is a name. The URL parser has already turned decimal, octal, hex and
 * short forms into four decimal parts, and put IPv6 in brackets.
 */
function readAddress(hostname: string): Address | undefined {
  if (hostname.startsWith('[')) return ipaddr.IPv6.parse(hostname.slice(1, -1));
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) ? ipaddr.IPv4.parse(hostname) : undefined;
}

/** Whether it is in none of IANA's special-purpose blocks: private, link-local, tunnels to IPv4, documentation and more. */
function isPublic(address: Address): boolean {
  const range = address.range();
  return address.kind() === 'ipv4'
    ? REACHABLE_IPV4.includes(range) && address.toString() !== AZURE_HOST
    : range === 'unicast' && address.match(GLOBAL_UNICAST);
}
