import { expect, it } from 'vitest';
import { withoutPersonalData } from '../../src/people/personal-data.rules.ts';

const BODY =
  '{"type":"order.paid","data":{"sequence":3,"payment":{"amount":900,"customer":{"id":"c","external_id":"u1","email":"ada@readers.dev"},"metadata":{"discord_id":653247040368672769}},' +
  '"polar":{"type":"order.paid","data":{"id":"o","net_amount":1.50,"billing_name":"Ada","billing_address":{"line1":"Street 1"},"product":{"name":"quay:lifetime"},' +
  '"items":[{"label":"Ada’s plan","amount":900}],"customer":{"id":"c","name":"Ada","email":"ada@readers.dev","metadata":{"phone":"1"},"tomorrow":"Ada"},"user":null}}}}';

it('an event keeps its ids, its amounts digit by digit, its product and the app’s own metadata, and nothing of the person', () => {
  expect(withoutPersonalData(BODY)).toBe(
    '{"type":"order.paid","data":{"sequence":3,"payment":{"amount":900,"customer":{"id":"c","external_id":"u1","email":null},"metadata":{"discord_id":653247040368672769}},' +
      '"polar":{"type":"order.paid","data":{"id":"o","net_amount":1.50,"billing_name":null,"billing_address":null,"product":{"name":"quay:lifetime"},' +
      '"items":[{"label":"Ada’s plan","amount":900}],"customer":{"id":"c","name":null,"email":null,"metadata":{},"tomorrow":null},"user":null}}}}',
  );
});

it('an event of the customer is the person itself; doing it again changes nothing', () => {
  const once = withoutPersonalData(
    '{"type":"customer.updated","data":{"polar":{"type":"customer.updated","data":{"id":"c","name":"Ada","email":"ada@readers.dev","deleted_at":null}}}}',
  );
  expect(once).toContain('"data":{"id":"c","name":null,"email":null,"deleted_at":null}');
  expect(withoutPersonalData(once)).toBe(once);
});
