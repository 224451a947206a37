/** Background jobs: what Polar's workers do after a request has committed, and what the clock makes happen. */

/** Every kind of job with what it carries; plain data, so that jobs survive a snapshot. */
export interface JobData {
  'checkout.charge': { checkout_id: string; outcome: 'pays' | 'declines' };
  'checkout.expire': { checkout_id: string };
  'customer.announce': {
    customer_id: string;
    type: 'customer.created' | 'customer.updated' | 'customer.deleted';
  };
  'customer.state': { customer_id: string };
  'customer.deleted': { customer_id: string };
  'benefit.grant': GrantScope;
  'benefit.revoke': GrantScope;
  'benefit.cycle': { grant_id: string };
  'benefit.update': { grant_id: string };
  'order.fees': { order_id: string };
  'order.invoice': { order_id: string };
  'order.receipt': { order_id: string };
  'subscription.cycle': { subscription_id: string; serial: number };
  'subscription.charge': { subscription_id: string; order_id: string };
  'subscription.retry': { subscription_id: string; order_id: string };
  'subscription.resume': { subscription_id: string; serial: number };
  'subscription.grace_over': { subscription_id: string; past_due_at: string };
  'meter.count': { customer_id: string };
  'subscription.meter_cycle': { subscription_id: string; period_end: string };
  'subscription.metered': { subscription_id: string };
  'refund.settle': { refund_id: string; outcome: 'succeeded' | 'failed' };
  'refund.callback': { refund_id: string };
  'webhook.send': { event_id: string; redelivery: boolean };
}

/** One benefit of one purchase: exactly one of `order_id` and `subscription_id` is set. */
export interface GrantScope {
  benefit_id: string;
  customer_id: string;
  order_id: string | null;
  subscription_id: string | null;
  member_id: string | null;
}

export type JobKind = keyof JobData;

export type Job = {
  [Kind in JobKind]: { serial: number; at: number; priority: number; kind: Kind; data: JobData[Kind] };
}[JobKind];

/** Among jobs that are due at one moment the lower number runs first: debounced and late work comes last. */
export const PRIORITY = { work: 0, send: 3, debounced: 6, late: 8 } as const;

/** Jobs ordered by time; among those already due, by priority and then by age. */
export class JobQueue {
  #later = new Heap<Job>((a, b) => a.at - b.at || a.serial - b.serial);
  #due = new Heap<Job>((a, b) => a.priority - b.priority || a.serial - b.serial);
  #serial = 0;
  readonly #cancelled = new Set<number>();

  push<Kind extends JobKind>(kind: Kind, data: JobData[Kind], at: number, priority: number): number {
    const job = { serial: ++this.#serial, at, priority, kind, data } as Job;
    this.#later.push(job);
    return job.serial;
  }

  cancel(serial: number): void {
    this.#cancelled.add(serial);
  }

  /** When the next job is due in ms, or null. */
  nextAt(): number | null {
    this.#dropCancelled();
    const due = this.#due.peek();
    if (due) return due.at;
    return this.#later.peek()?.at ?? null;
  }

  /** Takes the job to run at `now`, or null when nothing is due. */
  take(now: number): Job | null {
    for (let next = this.#later.peek(); next && next.at <= now; next = this.#later.peek()) {
      this.#due.push(next);
      this.#later.pop();
    }
    this.#dropCancelled();
    return this.#due.pop() ?? null;
  }

  all(): Job[] {
    return [...this.#later.items, ...this.#due.items].filter((job) => !this.#cancelled.has(job.serial));
  }

  restore(jobs: Job[]): void {
    this.#later.items.length = 0;
    this.#due.items.length = 0;
    this.#cancelled.clear();
    this.#serial = 0;
    for (const job of jobs.toSorted((a, b) => a.serial - b.serial)) {
      this.#later.push(job);
      this.#serial = Math.max(this.#serial, job.serial);
    }
  }

  #dropCancelled(): void {
    for (const heap of [this.#due, this.#later]) {
      for (let top = heap.peek(); top && this.#cancelled.has(top.serial); top = heap.peek()) {
        this.#cancelled.delete(top.serial);
        heap.pop();
      }
    }
  }
}

class Heap<Item> {
  readonly items: Item[] = [];
  readonly #compare: (a: Item, b: Item) => number;

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  peek(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    this.items.push(item);
    let index = this.items.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfSmaller(index, parent)) return;
      index = parent;
    }
  }

  pop(): Item | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (this.items.length === 0 || last === undefined) return top;
    this.items[0] = last;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const right = left + 1;
      let child = left;
      const leftItem = this.items[left];
      const rightItem = this.items[right];
      if (leftItem === undefined) return top;
      if (rightItem !== undefined && this.#compare(rightItem, leftItem) < 0) child = right;
      if (!this.#swapIfSmaller(child, index)) return top;
      index = child;
    }
  }

  #swapIfSmaller(child: number, parent: number): boolean {
    const lower = this.items[child];
    const upper = this.items[parent];
    if (lower === undefined || upper === undefined || this.#compare(lower, upper) >= 0) return false;
    this.items[child] = upper;
    this.items[parent] = lower;
    return true;
  }
}
