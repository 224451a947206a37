/* What the documents promise of the commands that they print. */

export interface Promised {
  /** What each block shows that has these words in it. */
  shows: Record<string, RegExp | RegExp[]>;
  /** What programs beside the shell print, sooner or later. */
  later?: RegExp[];
  /** It takes long, and what it shows is shown by a test that always runs (CONTRIBUTING.md names it). */
  onlyInCi?: true;
  /** The codes of the problems that are answered, in order. By default none is. */
  refuses?: string[];
}

/** By document: whoever prints commands says here what they show. */
export const PROMISED: Record<string, Promised> = {
  'docs/cli.md': {
    shows: {
      'floe apps list': [/Exit codes:/, /^quay-sandbox +Quay +sandbox/m],
      'profiles use local': [/^local +yes +http:\S+ +yes +quay-sandbox$/m, /Using local, http:/],
      'completion bash': /complete .*floe/,
      'apps create kiosk': [
        /kept in the profile local/,
        /^name +Kiosk$/m,
        /^key\n? +floe_sk_sandbox_/m,
        /access:read/,
        /atlas:pro \(sandbox\) is kiosk-sandbox’s/,
        /operator +app\.created +kiosk-sandbox/,
      ],
      'grants create': [
        /^opens +content:blog\/\*$/m,
        /^answer +yes$/m,
        /You gave content:blog\/\* \(Press copy\)\./,
        /^link\n? +http:\S+\/gift\//m,
        // Another document may have sold one.
        /There are no licence keys yet\.|^licence +key +status/m,
      ],
      'endpoints create': [/quay:lifetime +\$9\.00/, /disabled \(paused\)/, /whsec_/, /is deleted\./],
    },
  },
  'docs/catalog.md': {
    shows: {
      'floe apps create reef': [
        /^\+ product reef:blog-tides: \$7\.00 once$/m,
        /^Pushed 2 changes to sandbox/m,
      ],
      'pull reef': [/^product: reef$/m, /^Wrote pulled\.yaml: /m],
      'price: 900': [/ 2 unchanged\.$/m, /^ +prices: \$7\.00 → \$9\.00$/m],
    },
  },
  'docs/guides/a-launch-with-100-codes.md': {
    shows: {
      '--count 100': [/^LAUNCH[A-Z2-9]{8} +[0-9a-f-]{36}$/m, /^100 codes are made\. They are in /m],
      'mails.csv': /^LAUNCH[A-Z2-9]{8},http:.*&discount_code=LAUNCH/m,
      'CODE=$(head': [/^status +exhausted$/m, /^pay_\w{26} .* \$4\.50 +\$4\.50 +ida@floe-mail\.dev$/m],
      'call POST /v1/payments': /"path":"body\.discount_code"/,
      'curl -s "$LEFT"': /"code":"FIRSTFIVE","remaining":5,/,
      'for BUYER in': [/^used +2 of 2, 0 left$/m, /^amount +\$6\.75$/m],
      'discount.exhausted': /^evt_\w{26} .* discount\.exhausted$/m,
      'discounts delete': [/^LAUNCH[A-Z2-9]{8} is deleted\.$/m, /^FIRSTFIVE is deleted\.$/m],
    },
    // The other one is no problem: it is the campaign’s code.
    refuses: ['unknown_discount', 'FIRSTFIVE'],
  },
  'docs/guides/sell-a-desktop-program.md': {
    shows: {
      "grep -o 'license_keys'": /^license_keys$/m,
      'npm install --silent': /^Tides needs a licence\./m,
      'activate TIDES-0': /^There is no such licence key\./m,
      'activate "$KEY"': [/^Thank you! Tides is activated on this machine/m, /: valid\.$/m, /high water/],
      'OFFLINE=': [/^The seller cannot be asked now, so the kept licence counts\.$/m, /high water/],
      'ls -l config': /^-rw-------/m,
      'until node tides.js status': /the purchase was refunded[^]*\n.*the purchase was refunded/,
    },
  },
  'README.md': {
    shows: {
      'printf \'%s\\n\' "$PAYMENT"': /"checkout_url":"http/,
      'field .status "$CONFIRMED"': /^confirmed$/m,
      '/v1/access?resource=': /"allow":true/,
      '/v1/sign-in/verify': /"session":"/,
      '"reason": "customer_request"': [/"status":"succeeded","amount":100,/, /"status":"partially_refunded"/],
      '/preview': [/"estimated":true/, /"name":"quay:yearly","plan":"yearly"/],
      '/cancel': [/"cancel_at_period_end":true/, /"pause_at_period_end":true/],
      'allow_multiple_subscriptions: true': /"status":"pending"/,
      'license-keys/activate': [
        /"valid":true,"code":"valid"/,
        /"label":"The harbour office"/,
        /"valid":false,"code":"activation_required"/,
      ],
      '/v1/gifts': [/"source":"app","customer":"external:user-2"/, /"status":"awaiting_payment"/],
      '/access/explain': [
        /"allow":true,"reason":"granted"/,
        /"kind":"own_grant"/,
        /"type":"payment\.started"/,
      ],
    },
    later: [/verified: payment\.succeeded pay_0{26}/, /verified: payment\.succeeded pay_(?!0{26})\w{26}/],
    // A second subscription, until the organization allows it. The others are what is said of a licence key.
    refuses: ['already_subscribed', 'valid', 'activation_required'],
  },
  'docs/checkout.md': {
    shows: {
      'OFFER=': /^4200$/m,
      'PLANS=': /^quay:yearly$/m,
      '\'$LIFETIME\'", "trial_interval': /"path":"body\.trial_interval"/,
      'LINK=': [
        /^303 http:\S+\/checkout\/polar_c_\S+$/m,
        /"metadata":\{"channel":"mail","checkout_link":"lnk_\w{26}"\}/,
      ],
    },
    refuses: ['validation_failed'],
  },
  'docs/refunds.md': {
    shows: {
      '"amount": 300': /"comment":"Two days offline"/,
      "ticket-2\" -d '{}'": /"status":"succeeded","amount":456,/,
      'status=succeeded&limit=5': /"data":\[\{"id":"ref_/,
    },
  },
  'docs/exports.md': {
    shows: {
      'export?format=ndjson': [
        /^id,created_at,succeeded_at,status,/m,
        /^\{"end":true,"rows":\d+,"next":null\}$/m,
      ],
    },
  },
  'docs/guides/books.md': {
    shows: {
      'const [folder, month]':
        /^\{"month":"\d{4}-\d\d","currency":"usd","payments":\d+,"gross":\d+,"tax":\d+,"refunds":\d+,"net_back":\d+,"tax_back":\d+,"left":-?\d+\}$/m,
      '/invoice': /^"url":"http$/m,
    },
  },
  'docs/licences.md': {
    shows: { 'license-keys/validate': /"valid":false,"code":"not_found"/ },
    // It is no problem: a no is an answer.
    refuses: ['not_found'],
  },
  'docs/customers.md': {
    shows: {
      'q=ines@': [
        /"data":\[\{"id":"[0-9a-f-]{36}","external_ids":\[\],"email":"ines@floe-mail\.dev"/,
        /"spent":\[\{"currency":"usd","payments":1,/,
      ],
      'external-ids/reader-5': /"allow":true,"reason":"granted"/,
      'call -X DELETE': /"external_ids":\["reader-5"\],"email":null,"name":null/,
    },
  },
  'docs/timeline.md': {
    shows: {
      'asker-3/timeline': /"type":"grant\.created","summary":"You gave content:blog\/\* \(Trial\)\."/,
    },
  },
  'docs/own-grants.md': {
    shows: {
      'press-copy-critic-7': [/"id":"grt_\w{26}","source":"app"/, /"allow":true,"reason":"granted"/],
      'call -X DELETE': /"allow":false,"reason":"revoked"/,
    },
  },
  'docs/grants.md': {
    shows: { "ID=$(field '.data[0].id'": [/"source":"polar"/, /"history":\[\{"what":"created"/] },
  },
  'docs/gifts.md': {
    shows: {
      'printf \'%s\\n\' "$GIFT"': /"status":"awaiting_payment"/,
      '/v1/gift-claims': /"status":"claimed"/,
      'external:giver-7': [/"allow":true,"reason":"granted"/, /"allow":false/],
    },
  },
  'docs/subscriptions.md': {
    shows: {
      "ID=$(field '.data[0].id'": /"status":"active"/,
      '/uncancel': [/"cancel_at_period_end":true/, /"cancel_at_period_end":false/],
      '/resume': [/"pause_at_period_end":true/, /"pause_at_period_end":false/],
      '/preview': [/"estimated":true/, /"name":"quay:yearly"/],
      '/v1/plans': /"level":0/,
    },
  },
  'docs/doctor.md': {
    shows: {
      'npx floe doctor': /checks passed\.|Found: /,
      'curl -s "$DOCTOR" -H "$ADMIN"': /^(ok|problems)$/m,
      '"$DOCTOR/fix"': /^\{"data":\[\]\}$/m,
    },
  },
  'docs/several-products.md': {
    shows: {
      '/health': /"allow_multiple_subscriptions":false/,
      'polar -X PATCH': /"allow_multiple_subscriptions":true/,
    },
  },
  'docs/audit.md': {
    shows: {
      'action=app.updated': /"before":\{"past_due_grace_days":0\},"after":\{"past_due_grace_days":7\}/,
    },
  },
  'docs/keys.md': {
    shows: {
      'content:blog/premium-article': /"allow":(true|false)/,
      '"payments:read"]': /"scopes":\["payments:read"\],.*"expires_at":"2099-01-01T00:00:00.000Z"/,
      'curl -s "$KEYS" -H "$ADMIN"\n': /"scopes":null/,
    },
    refuses: ['forbidden_key'],
  },
  'docs/listen.md': {
    shows: {
      '--forward-to': /Begins with the app’s (?:next|first) event/,
      'trigger payment.succeeded': [/payment\.succeeded has come out/, /^received: payment\.succeeded$/m],
      'trigger subscription.renewed': /^#\d+ +subscription\.renewed +200 +\d+ ms$/m,
      'trigger --list': /subscription\.renewed +buy a subscription, end its period +simulator/,
      'floe smoke --app': /quay:lifetime +ok +900usd/,
      '--json': /"product": "quay:monthly",[^]*"ok": true/,
    },
  },
  'docs/sales.md': {
    onlyInCi: true,
    shows: {
      'external-id user-30': /^pay_\w{26} .* succeeded +\$9\.00 +lifetime$/m,
      'floe payments show': [/^refundable +\$7\.56 before tax$/m, /^http:\S+$/m, /^Written to \S+\.html\.$/m],
      'floe payments refund': [/^status +succeeded$/m, /^amount +\$3\.00$/m, /^tax +\$0\.57$/m],
      'floe refunds show': [/^comment +Two days offline$/m, /^ref_\w{26} .* \$3\.00 +service_disruption$/m],
      'external-id user-31': [/ renews \d{4}-\d\d-\d\d +ivo@floe-mail\.dev$/m, /^price +\$5\.00 a month$/m],
      'subscriptions cancel': [/^next +ends /m, /^next +renews /m],
      'subscriptions pause': [/^next +pauses /m, /^next +renews /m],
      'subscriptions preview': [/^due now +\$43\.00$/m, /^price +\$48\.00 a year$/m],
      'subscriptions discount': [/^next +renews /m, /^next +ended /m],
      'floe events show': [/^evt_\w{26} .* payment\.succeeded$/m, /^ {2}"type": "payment\.succeeded",$/m],
      'floe events tail': /^#\d+ .* payment\.\w+ .*\n#\d+ .* payment\.\w+ /m,
      'floe deliveries show': [/^ +1 .* UTC +204 /m, /is on the way again\.$/m],
      'floe recover': [/ would be sent again\. This hour allows /, /^0 deliveries are on the way again\.$/m],
      'floe polar-events show': [
        / applied +order\.paid$/m,
        /^ {2}"type": "order\.paid",$/m,
        /^0 Polar events would be/m,
      ],
      'floe reconcile start': [/^outcome +no drift$/m, / sandbox recent +no drift$/m],
    },
  },
  'docs/downloads.md': {
    shows: {
      'FILES=$(call': /"name":"nine-lamps\.txt"/,
      redirect_url: [/^303 http:\S+\/v1\/customer-portal\/downloadables\/\S+$/m, /^Nine lamps of the quay$/m],
      '/downloads?limit=5': [/"downloads":2/, /"id":"dl_/],
    },
  },
  'docs/feed.md': {
    shows: {
      'wait=10&limit=1': /"data":\[\{"id":"evt_.*"next_after":1,"has_more":(true|false)/,
      'call "$GATEWAY/v1/cursors"': /"data":\[\{"name":"orders","sequence":0,/,
      'for round in 1 2 3': /^\d+ payment\.pending$/m,
    },
    refuses: ['cursor_moved'],
  },
  'docs/forwarding.md': {
    shows: {
      'type=payment.succeeded': /"body":\{"type":"payment\.succeeded"/,
      'shop.example.com/large':
        /"match":\{"payment\.amount":\{"gte":10000\},"payment\.currency":\{"eq":"usd"\}\}/,
    },
  },
};

export interface NotTyped {
  document: string;
  /** How the block begins. */
  begins: string;
  because: string;
  /** What runs it in another way. */
  heldBy: string;
}

/** Commands that a test of documents cannot type. Shells only read them. */
export const NOT_TYPED: readonly NotTyped[] = [
  {
    document: 'README.md',
    begins: 'npm ci && npm start',
    because: 'it installs, asks npm’s registry, and ends with Ctrl-C',
    heldBy: 'cli/check-install.ts',
  },
  {
    document: 'README.md',
    begins: 'npm ci && npm test',
    because: 'it is this',
    heldBy: '.ci/run',
  },
  {
    document: 'README.md',
    begins: 'npm start -- --origin',
    because: 'it needs the ports that are printed',
    heldBy: 'test/local/start.test.ts',
  },
  {
    document: 'CONTRIBUTING.md',
    begins: 'npm ci\nnpm test',
    because: 'it is this',
    heldBy: '.ci/run',
  },
  {
    document: 'CONTRIBUTING.md',
    begins: 'npm run lock && npm run tools',
    because: 'it asks npm’s registry',
    heldBy: 'test/local/before.test.ts',
  },
  {
    document: 'packages/kit/README.md',
    begins: 'npm install http://127.0.0.1:8787/kit/',
    because: 'it is for the folder of a site',
    heldBy: 'cli/kit-managers.ts',
  },
  {
    document: 'packages/kit/README.md',
    begins: 'curl -O http://127.0.0.1:8787/kit/',
    because: 'it is for the folder of a site',
    heldBy: 'cli/kit-managers.ts',
  },
  {
    document: 'packages/polar-simulator/README.md',
    begins: 'npm pack --workspace packages/polar-simulator',
    because: 'it goes on until Ctrl-C',
    heldBy: 'cli/check-packages.ts',
  },
];
