// Shows prices and sells, from the reader's browser: the publishable key may do just that.
const shelf = document.querySelector('[data-shelf]');
const list = shelf.querySelector('[data-plans]');
const errorText = shelf.querySelector('[data-error]');
const { gateway, key, tenant } = shelf.dataset;

const NAMES = { monthly: 'Every month', yearly: 'Every year', lifetime: 'Just this one', pro: 'Atlas Pro' };

function complain(text) {
  errorText.textContent = text;
  errorText.hidden = text === '';
}

/** What a refused request says for itself, or plain words of ours. */
async function explain(response) {
  const problem = await response.json().catch(() => ({}));
  if (response.status === 429) return 'Too many tries in a short time. Please wait a minute.';
  if (response.status >= 500)
    return 'The checkout is not available right now. Nothing was charged; please try again in a moment.';
  return `This cannot be bought right now: ${problem.detail ?? problem.title ?? response.status}`;
}

function formatPrice(product) {
  const price = product.prices.find((each) => each.amount_type === 'fixed');
  if (!price) return 'Your price';
  const currency = price.price_currency;
  // This page has no build, so it cannot import `formatAmount` of @floe/kit. A test holds the two together.
  const isWhole = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ').includes(currency);
  const amount = price.price_amount / (isWhole ? 1 : 100);
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const usual = format.resolvedOptions().maximumFractionDigits;
  const digits = isWhole ? 0 : amount % 1 === 0 ? Math.min(usual, 2) : 2;
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount);
}

function showPlan(product) {
  const price = formatPrice(product);
  const name = NAMES[product.name.split(':').at(-1)] ?? product.name;
  const item = document.createElement('li');
  item.className = 'plan';
  const heading = document.createElement('h3');
  heading.textContent = name;
  const description = document.createElement('p');
  description.textContent = product.description ?? '';
  const amount = document.createElement('p');
  amount.className = 'price';
  amount.textContent = price;
  if (product.recurring_interval) {
    const every = document.createElement('span');
    every.textContent = ` a ${product.recurring_interval}`;
    amount.append(every);
  }
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = product.recurring_interval ? 'Subscribe' : 'Buy';
  button.setAttribute('aria-label', `${button.textContent}: ${name}, ${amount.textContent}`);
  button.addEventListener('click', () => {
    void buy(product.id, button);
  });
  item.append(heading, description, amount, button);
  return item;
}

async function showPlans() {
  list.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(`${gateway}/v1/products`, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) return complain(await explain(response));
    const { data } = await response.json();
    const byPrice = data.toSorted(
      (a, b) => (a.prices[0]?.price_amount ?? 0) - (b.prices[0]?.price_amount ?? 0),
    );
    list.replaceChildren(...byPrice.map(showPlan));
    if (data.length === 0) complain('Nothing is for sale here yet.');
  } catch {
    complain('The prices cannot be looked up right now. Please reload the page in a moment.');
  } finally {
    list.setAttribute('aria-busy', 'false');
  }
}

function setBusy(isBusy) {
  for (const button of list.querySelectorAll('button')) button.disabled = isBusy;
}

async function buy(productId, button) {
  complain('');
  setBusy(true);
  button.dataset.busy = '';
  try {
    // Our own server keeps the secret half of the proof that the buyer who comes back is this browser.
    const started = await fetch(`/buy/${tenant}`, { method: 'POST' });
    if (!started.ok) throw new Error(await explain(started));
    const { success_url, code_challenge } = await started.json();
    const checkout = await fetch(`${gateway}/v1/checkout`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({
        product_id: productId,
        success_url,
        return_url: location.origin + location.pathname,
        code_challenge,
      }),
    });
    if (!checkout.ok) throw new Error(await explain(checkout));
    location.assign((await checkout.json()).url);
  } catch (error) {
    complain(
      error instanceof TypeError
        ? 'The shop cannot be reached. Check your connection and try again.'
        : error.message,
    );
    delete button.dataset.busy;
    setBusy(false);
  }
}

// Back from the checkout with the back button: the page may come as it was left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

await showPlans();
