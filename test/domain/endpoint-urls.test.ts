import { describe, expect, test } from 'vitest';
import {
  checkEndpointUrl,
  describeUrlRefusal,
  type EndpointUrlRefusal,
} from '../../src/domain/endpoint-urls.ts';

const production = { ownUrl: 'https://pay.example.com', development: false };
const development = { ownUrl: 'http://127.0.0.1:8787', development: true };

function verdict(url: string, rules = production): 'ok' | EndpointUrlRefusal {
  const checked = checkEndpointUrl(url, rules);
  return checked.ok ? 'ok' : checked.error;
}

const allowed = [
  'https://shop.example.com',
  'https://shop.example.com/hooks?source=floe&x=%20',
  'https://SHOP.Example.COM/hooks',
  'https://shop.example.com:443/',
  'https://shop.example.com:8443/',
  'https://shop.example.com:8080/',
  'https://bücher.example/hooks',
  'https://xn--bcher-kva.example/hooks',
  'https://ec2-52-0-56-137.compute-1.amazonaws.com/hooks',
  'https://v1.2.3.example.com/',
  'https://a.b.c.d.e.f.example.com/',
  'https://internal.example.com/', // a name, not the suffix
  'https://localhost.example.com/',
  'https://mynip.io/',
  'https://8.8.8.8/hooks',
  'https://[2606:4700:4700::1111]/hooks',
  'https://[2001:200::1]/',
  'https://shop.example.com/path@with/at',
  'https://shop.example.com/?next=https://127.0.0.1/',
  'https://192.31.196.1/',
  'https://172.15.255.255/',
  'https://172.32.0.1/',
  'https://100.63.255.255/',
  'https://100.128.0.0/',
  'https://223.255.255.255/',
];

/** Every way known to us to write or reach an address that is not on the public internet. */
const refused: Record<EndpointUrlRefusal, string[]> = {
  too_long: [`https://shop.example.com/${'a'.repeat(2048)}`],
  invalid: [
    '',
    'shop.example.com/hooks',
    '//shop.example.com',
    '/hooks',
    'https://',
    'https:// shop.example.com',
    ' https://shop.example.com',
    'https://shop.example.com/\n',
    'https://shop.example.com/\tx',
    'https://shop.example.com\\@127.0.0.1/',
    'https:\\\\127.0.0.1\\',
    'https://shop.example.com\u0000.evil.com/',
    'https://256.256.256.256/',
    'https://1.2.3.4.5/',
    'https://[::1',
    'https://[::gg]/',
    'https://[fe80::1%25eth0]/',
    'https://shop.example.com:99999/',
    'https://shop.example.com:-1/',
    'https://exa%mple.com/',
    'https://exa<mple.com/',
  ],
  not_https: [
    'http://shop.example.com/',
    'HTTP://shop.example.com/',
    'ftp://shop.example.com/',
    'ws://shop.example.com/',
    'wss://shop.example.com/',
    'gopher://shop.example.com/',
    'custom://shop.example.com/',
  ],
  credentials: [
    'https://user@shop.example.com/',
    'https://user:password@shop.example.com/',
    'https://:password@shop.example.com/',
    'https://@shop.example.com/',
    'https://:@shop.example.com/',
    'https://shop.example.com@127.0.0.1/',
    'https://shop.example.com%2f@127.0.0.1/',
    'https://shop.example.com:443@127.0.0.1/',
  ],
  fragment: [
    'https://shop.example.com/#x',
    'https://shop.example.com/#',
    'https://shop.example.com#@127.0.0.1/',
  ],
  port: [
    0, 1, 21, 22, 23, 25, 53, 80, 110, 143, 389, 445, 465, 587, 636, 993, 995, 1433, 1521, 2375, 2376, 2379,
    3306, 3389, 5432, 5672, 5900, 6000, 6379, 6443, 6667, 8500, 9042, 9092, 9200, 9300, 10080, 10250, 11211,
    15672, 27017,
  ].map((port) => `https://shop.example.com:${port}/`),
  own_host: [
    'https://pay.example.com/',
    'https://PAY.example.com/webhooks/polar',
    'https://pay.example.com:8443/',
    'https://pay.example.com./',
    'https://p%61y.example.com/',
  ],
  not_public: [
    // loopback, in every notation the URL standard normalises
    'https://127.0.0.1/',
    'https://127.0.0.1:8443/',
    'https://127.255.255.254/',
    'https://127.0.0.1./',
    'https://127.1/',
    'https://127.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0X7F.1/',
    'https://0x7f.0x0.0x0.0x1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://0177.0x0.0.1/',
    'https://%31%32%37.0.0.1/',
    'https://127。0。0。1/',
    'https://①②⑦.⓪.⓪.①/',
    'https://１２７.０.０.１/',
    // unspecified
    'https://0/',
    'https://0.0.0.0/',
    'https://0.1.2.3/',
    'https://0x0/',
    // private
    'https://10.0.0.1/',
    'https://10.255.255.255/',
    'https://167772161/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://192.168.1/',
    'https://0300.0250.0.1/',
    'https://3232235521/',
    // carrier-grade NAT, link-local, cloud metadata
    'https://100.64.0.1/',
    'https://100.127.255.255/',
    'https://100.100.100.200/',
    'https://169.254.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://169.254.170.2/',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://0251.0376.0251.0376/',
    'https://169.254.43518/',
    'https://168.63.129.16/',
    'https://192.0.0.192/',
    // protocol, documentation, benchmarking, relays, multicast, reserved, broadcast
    'https://192.0.0.1/',
    'https://192.0.2.1/',
    'https://198.51.100.7/',
    'https://203.0.113.7/',
    'https://198.18.0.1/',
    'https://198.19.255.255/',
    'https://192.88.99.1/',
    'https://224.0.0.1/',
    'https://239.255.255.250/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    // IPv6: unspecified, loopback, mapped, compatible, translated, 6to4, Teredo, NAT64
    'https://[::]/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[0000:0000:0000:0000:0000:0000:0000:0001]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[0:0:0:0:0:ffff:127.0.0.1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::127.0.0.1]/',
    'https://[::7f00:1]/',
    'https://[::ffff:0:127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[64:ff9b:1::10.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[2002:a9fe:a9fe::1]/',
    'https://[2001:0:7f00:1::]/',
    'https://[2001::1]/',
    'https://[2001:10::1]/',
    'https://[2001:20::1]/',
    'https://[2001:1ff::1]/',
    // ULA, link-local, site-local, multicast, discard, documentation, segment routing
    'https://[fc00::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fdff:ffff::1]/',
    'https://[fe80::1]/',
    'https://[febf::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://[ff0e::1]/',
    'https://[100::1]/',
    'https://[2001:db8::1]/',
    'https://[3fff::1]/',
    'https://[3fff:fff::1]/',
    'https://[5f00::1]/',
    'https://[4000::1]/',
  ],
  internal_name: [
    'https://localhost/',
    'https://LOCALHOST:8443/',
    'https://localhost./',
    'https://app.localhost/',
    'https://app.localhost./',
    'https://localhost.localdomain/',
    'https://printer.local/',
    'https://db.internal/',
    'https://metadata.google.internal/',
    'https://ip-10-0-0-1.ec2.internal/',
    'https://router.home.arpa/',
    'https://1.0.0.127.in-addr.arpa/',
    'https://wiki.corp/',
    'https://nas.lan/',
    'https://nas.home/',
    'https://x.intranet/',
    'https://x.private/',
    'https://kubernetes.default.svc/',
    'https://kubernetes.default.svc.cluster.local/',
    'https://hidden.onion/',
    'https://metadata.goog/',
    'https://metadata/',
    'https://kubernetes/',
    'https://shop/',
    'https://shop.example.com./',
    'https://ⓛocalhost/',
    'https://loc%61lhost/',
  ],
  embedded_address: [
    'https://127.0.0.1.nip.io/',
    'https://127-0-0-1.nip.io/',
    'https://7f000001.nip.io/',
    'https://app.10.0.0.1.nip.io/',
    'https://8.8.8.8.nip.io/',
    'https://nip.io/',
    'https://www-192-168-0-1.sslip.io/',
    'https://--1.sslip.io/',
    'https://127.0.0.1.xip.io/',
    'https://localtest.me/',
    'https://anything.localtest.me/',
    'https://lvh.me/',
    'https://vcap.me/',
    'https://x.fuf.me/',
    'https://lacolhost.com/',
    'https://localho.st/',
    'https://10-0-0-1.traefik.me/',
    'https://make-127.0.0.1-rebind-169.254.169.254-rr.1u.ms/',
    'https://7f000001.c0a80001.rbndr.us/',
    'https://x.lndo.site/',
    // services of that kind under a name of one's own
    'https://127.0.0.1.xip.example.com/',
    'https://169-254-169-254.xip.example.com/',
    'https://www-10-0-0-1.example.com/',
    'https://a1-192.168.0.1.example.com/',
    'https://8.127.0.0.1.example.com/',
    'https://010.0.0.1.example.com/',
  ],
};

test.each(allowed)('takes %s', (url) => {
  expect(verdict(url)).toBe('ok');
});

describe.each(Object.entries(refused))('%s', (reason, urls) => {
  test.each(urls)('refuses %j', (url) => {
    expect(verdict(url)).toBe(reason);
  });
});

test('every refusal has words of its own', () => {
  const reasons = Object.keys(refused) as EndpointUrlRefusal[];
  const words = new Set(reasons.map(describeUrlRefusal));
  expect(words.size).toBe(reasons.length);
});

describe('in development', () => {
  test.each([
    'http://127.0.0.1:8789/hooks',
    'http://localhost:3000/',
    'http://app.localhost:80/',
    'http://[::1]:9000/',
    'https://127.0.0.1/',
    'http://127.0.0.1:5432/',
    'http://shop.example.com/hooks',
    'https://shop.example.com/hooks',
  ])('takes %s', (url) => {
    expect(verdict(url, development)).toBe('ok');
  });

  test.each([
    ['http://127.0.0.1:8787/', 'own_host'],
    ['http://localhost:8787/webhooks/polar', 'own_host'],
    ['http://[::1]:8787/', 'own_host'],
    ['http://0x7f.1:8787/', 'own_host'],
    ['http://user@127.0.0.1:8789/', 'credentials'],
    ['http://169.254.169.254/', 'not_public'],
    ['http://192.168.0.10:3000/', 'not_public'],
    ['http://0.0.0.0:3000/', 'not_public'],
    ['http://printer.local/', 'internal_name'],
    ['ftp://127.0.0.1/', 'not_https'],
  ] as const)('refuses %s', (url, reason) => {
    expect(verdict(url, development)).toBe(reason);
  });
});
