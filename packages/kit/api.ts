// Made by cli/kit-api.ts from the OpenAPI document. Do not edit: `npm run build:kit-api`.

/** The gateway's routes for apps: what each takes and answers. */
export interface Api {
  /** May this visitor of a site have this path? */
  'GET /v1/access/forward-auth': {
    query: {
      app: string;
      resource?: string;
      prefix?: string;
      public?: string;
      max_age?: string | number;
    };
    response: {
      allow: boolean;
      reason: 'granted' | 'public' | 'no_session' | 'path_refused' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
    };
  };
  /** List payments */
  'GET /v1/payments': {
    query?: {
      status?: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
      kind?: 'checkout' | 'renewal' | 'change' | 'direct';
      customer?: string;
      product?: string;
      product_id?: string;
      order_id?: string;
      subscription_id?: string;
      discount_id?: string;
      created_after?: string;
      created_before?: string;
      sort?: 'created_at' | '-created_at' | 'amount' | '-amount';
      limit?: string | number;
      cursor?: string;
      metadata?: Record<string, string>;
    };
    response: {
      data: Array<{
        id: string;
        status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
        kind: 'checkout' | 'renewal' | 'change' | 'direct';
        method: string;
        disputed: boolean;
        product: {
          id: string | null;
          name: string | null;
          plan: string | null;
        };
        amount: number | null;
        net_amount: number | null;
        tax_amount: number | null;
        discount_amount: number | null;
        refunded_amount: number;
        refunded_tax_amount: number;
        refundable_amount: number;
        currency: string | null;
        billing_reason: string | null;
        discount: {
          id: string;
          code: string | null;
          name: string | null;
        } | null;
        invoice_number: string | null;
        failure_reason: string | null;
        customer: {
          id: string | null;
          external_id: string | null;
          email: string | null;
        };
        checkout_id: string | null;
        checkout_url: string | null;
        order_id: string | null;
        subscription_id: string | null;
        metadata: Record<string, string | number | boolean>;
        created_at: string;
        succeeded_at: string | null;
        expires_at: string | null;
      }>;
      next_cursor: string | null;
    };
  };
  /** Create a payment */
  'POST /v1/payments': {
    body: {
      method?: string;
      product_id?: string;
      metadata?: Record<string, string | number | boolean>;
      customer?: {
        id?: never;
        email?: string;
        name?: string;
        external_id?: string;
      };
      success_url?: string;
      return_url?: string;
      discount_code?: string;
      allow_discount_codes?: boolean;
      locale?: string;
      seats?: number;
      embed_origin?: string;
      code_challenge?: string;
      discount_id?: string;
      amount?: number;
    };
    response: {
      id: string;
      status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
      kind: 'checkout' | 'renewal' | 'change' | 'direct';
      method: string;
      disputed: boolean;
      product: {
        id: string | null;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      net_amount: number | null;
      tax_amount: number | null;
      discount_amount: number | null;
      refunded_amount: number;
      refunded_tax_amount: number;
      refundable_amount: number;
      currency: string | null;
      billing_reason: string | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      invoice_number: string | null;
      failure_reason: string | null;
      customer: {
        id: string | null;
        external_id: string | null;
        email: string | null;
      };
      checkout_id: string | null;
      checkout_url: string | null;
      order_id: string | null;
      subscription_id: string | null;
      metadata: Record<string, string | number | boolean>;
      created_at: string;
      succeeded_at: string | null;
      expires_at: string | null;
    };
  };
  /** Read a payment */
  'GET /v1/payments/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
      kind: 'checkout' | 'renewal' | 'change' | 'direct';
      method: string;
      disputed: boolean;
      product: {
        id: string | null;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      net_amount: number | null;
      tax_amount: number | null;
      discount_amount: number | null;
      refunded_amount: number;
      refunded_tax_amount: number;
      refundable_amount: number;
      currency: string | null;
      billing_reason: string | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      invoice_number: string | null;
      failure_reason: string | null;
      customer: {
        id: string | null;
        external_id: string | null;
        email: string | null;
      };
      checkout_id: string | null;
      checkout_url: string | null;
      order_id: string | null;
      subscription_id: string | null;
      metadata: Record<string, string | number | boolean>;
      created_at: string;
      succeeded_at: string | null;
      expires_at: string | null;
    };
  };
  /** List the refunds of a payment */
  'GET /v1/payments/{id}/refunds': {
    params: {
      id: string;
    };
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: {
      data: Array<{
        id: string;
        payment_id: string;
        status: 'pending' | 'succeeded' | 'failed';
        amount: number;
        tax_amount: number | null;
        currency: string;
        reason: string;
        comment: string | null;
        failure_reason: string | null;
        metadata: Record<string, string | number | boolean>;
        created_at: string;
      }>;
      next_cursor: string | null;
    };
  };
  /** Refund a payment */
  'POST /v1/payments/{id}/refunds': {
    params: {
      id: string;
    };
    body: {
      amount?: number;
      reason?: 'customer_request' | 'duplicate' | 'fraudulent' | 'service_disruption' | 'satisfaction_guarantee' | 'other';
      comment?: string;
      revoke_benefits?: boolean;
      cancel_subscription?: 'now' | 'period_end';
      metadata?: Record<string, string | number | boolean>;
    };
    response: {
      id: string;
      payment_id: string;
      status: 'pending' | 'succeeded' | 'failed';
      amount: number;
      tax_amount: number | null;
      currency: string;
      reason: string;
      comment: string | null;
      failure_reason: string | null;
      metadata: Record<string, string | number | boolean>;
      created_at: string;
    };
  };
  /** List refunds */
  'GET /v1/refunds': {
    query?: {
      status?: 'pending' | 'succeeded' | 'failed';
      payment?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: {
      data: Array<{
        id: string;
        payment_id: string;
        status: 'pending' | 'succeeded' | 'failed';
        amount: number;
        tax_amount: number | null;
        currency: string;
        reason: string;
        comment: string | null;
        failure_reason: string | null;
        metadata: Record<string, string | number | boolean>;
        created_at: string;
      }>;
      next_cursor: string | null;
    };
  };
  /** Read a refund */
  'GET /v1/refunds/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      payment_id: string;
      status: 'pending' | 'succeeded' | 'failed';
      amount: number;
      tax_amount: number | null;
      currency: string;
      reason: string;
      comment: string | null;
      failure_reason: string | null;
      metadata: Record<string, string | number | boolean>;
      created_at: string;
    };
  };
  /** Get a payment’s invoice */
  'GET /v1/payments/{id}/invoice': {
    params: {
      id: string;
    };
    response: {
      url: string | null;
      expires_at: string | null;
    };
  };
  /** Get a payment’s receipt */
  'GET /v1/payments/{id}/receipt': {
    params: {
      id: string;
    };
    response: {
      url: string | null;
      expires_at: string | null;
    };
  };
  /** List products with prices */
  'GET /v1/products': {
    query?: {
      resource?: string;
    };
    response: {
      data: Array<{
        id: string;
        name: string;
        description: string | null;
        is_recurring: boolean;
        recurring_interval: string | null;
        recurring_interval_count: number | null;
        trial_interval: string | null;
        trial_interval_count: number | null;
        prices: Array<{
          id: string;
          amount_type: string;
          price_currency: string;
          price_amount?: number | null;
          minimum_amount?: number | null;
          maximum_amount?: number | null;
          preset_amount?: number | null;
          unit_amount?: string | null;
          cap_amount?: number | null;
          seat_tiers?: unknown;
        }>;
        benefits: Array<{
          id: string;
          type: string;
          description: string;
        }>;
        images: Array<string>;
        metadata?: Record<string, string | number | boolean>;
      }>;
      next_cursor: string | null;
    };
  };
  /** List subscriptions */
  'GET /v1/subscriptions': {
    query?: {
      status?: 'active' | 'trialing' | 'past_due' | 'paused' | 'canceled' | 'unpaid' | 'incomplete' | 'incomplete_expired';
      customer?: string;
      product_id?: string;
      cancel_at_period_end?: 'true' | 'false';
      renews_before?: string;
      created_after?: string;
      created_before?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: {
      data: Array<{
        id: string;
        status: string;
        product: {
          id: string;
          name: string | null;
          plan: string | null;
        };
        amount: number | null;
        currency: string | null;
        interval: string | null;
        interval_count: number | null;
        current_period_start: string;
        current_period_end: string;
        trial_start: string | null;
        trial_end: string | null;
        cancel_at_period_end: boolean;
        canceled_at: string | null;
        ends_at: string | null;
        ended_at: string | null;
        pause_at_period_end: boolean | null;
        paused_at: string | null;
        resumes_at: string | null;
        past_due_at: string | null;
        cancellation_reason: string | null;
        cancellation_comment: string | null;
        seats: number | null;
        units: number | null;
        discount: {
          id: string;
          code: string | null;
          name: string | null;
        } | null;
        pending_update: {
          product_id: string | null;
          seats: number | null;
          units: number | null;
          applies_at: string | null;
        } | null;
        customer: {
          id: string;
          external_id: string | null;
          email: string | null;
        };
        first_payment_id: string | null;
        latest_payment_id: string | null;
        created_at: string;
      }>;
      next_cursor: string | null;
    };
  };
  /** Read a subscription */
  'GET /v1/subscriptions/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** End a subscription now */
  'DELETE /v1/subscriptions/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Cancel a subscription */
  'POST /v1/subscriptions/{id}/cancel': {
    params: {
      id: string;
    };
    body: {
      at: 'now' | 'period_end';
      reason?: 'customer_service' | 'low_quality' | 'missing_features' | 'switched_service' | 'too_complex' | 'too_expensive' | 'unused' | 'other';
      comment?: string;
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Take a cancellation back */
  'POST /v1/subscriptions/{id}/uncancel': {
    params: {
      id: string;
    };
    body?: Record<string, unknown>;
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Pause a subscription at the end of its period */
  'POST /v1/subscriptions/{id}/pause': {
    params: {
      id: string;
    };
    body?: {
      resumes_at?: string;
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Resume a subscription */
  'POST /v1/subscriptions/{id}/resume': {
    params: {
      id: string;
    };
    body?: Record<string, unknown>;
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Change the product of a subscription */
  'POST /v1/subscriptions/{id}/change': {
    params: {
      id: string;
    };
    body: {
      product_id: string;
      proration?: 'invoice' | 'prorate' | 'next_period';
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Change the number of seats */
  'POST /v1/subscriptions/{id}/seats': {
    params: {
      id: string;
    };
    body: {
      seats: number;
      proration?: 'invoice' | 'prorate' | 'next_period';
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Change the number of units */
  'POST /v1/subscriptions/{id}/units': {
    params: {
      id: string;
    };
    body: {
      units: number;
      proration?: 'invoice' | 'prorate' | 'next_period';
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Give a subscription a discount, or take it away */
  'POST /v1/subscriptions/{id}/discount': {
    params: {
      id: string;
    };
    body: {
      discount_id: string | null;
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Set the end of the trial */
  'POST /v1/subscriptions/{id}/trial': {
    params: {
      id: string;
    };
    body: {
      trial_end: string;
    };
    response: {
      id: string;
      status: string;
      product: {
        id: string;
        name: string | null;
        plan: string | null;
      };
      amount: number | null;
      currency: string | null;
      interval: string | null;
      interval_count: number | null;
      current_period_start: string;
      current_period_end: string;
      trial_start: string | null;
      trial_end: string | null;
      cancel_at_period_end: boolean;
      canceled_at: string | null;
      ends_at: string | null;
      ended_at: string | null;
      pause_at_period_end: boolean | null;
      paused_at: string | null;
      resumes_at: string | null;
      past_due_at: string | null;
      cancellation_reason: string | null;
      cancellation_comment: string | null;
      seats: number | null;
      units: number | null;
      discount: {
        id: string;
        code: string | null;
        name: string | null;
      } | null;
      pending_update: {
        product_id: string | null;
        seats: number | null;
        units: number | null;
        applies_at: string | null;
      } | null;
      customer: {
        id: string;
        external_id: string | null;
        email: string | null;
      };
      first_payment_id: string | null;
      latest_payment_id: string | null;
      created_at: string;
    };
  };
  /** Say what a change would cost */
  'POST /v1/subscriptions/{id}/preview': {
    params: {
      id: string;
    };
    body: {
      product_id?: string;
      seats?: number;
      proration?: 'invoice' | 'prorate' | 'next_period';
    };
    response: {
      estimated: true;
      proration: 'invoice' | 'prorate' | 'next_period';
      currency: string;
      takes_effect_at: string;
      now: {
        amount: number;
        credit: number;
        items: Array<{
          type: 'unused_time' | 'remaining_time' | 'seats' | 'period' | 'discount' | 'balance';
          amount: number;
        }>;
      };
      next_renewal: {
        at: string;
        amount: number;
        credit: number;
        items: Array<{
          type: 'unused_time' | 'remaining_time' | 'seats' | 'period' | 'discount' | 'balance';
          amount: number;
        }>;
      } | null;
      amount: number;
    };
  };
  /** Start a checkout from a browser */
  'POST /v1/checkout': {
    body: {
      product_id: string;
      email?: string;
      success_url?: string;
      return_url?: string;
      discount_code?: string;
      allow_discount_codes?: boolean;
      locale?: string;
      seats?: number;
      embed_origin?: string;
      code_challenge?: string;
      customer?: never;
      customer_id?: never;
      external_id?: never;
      external_customer_id?: never;
      discount_id?: never;
      amount?: never;
      metadata?: never;
      trial_interval?: never;
      trial_interval_count?: never;
      allow_trial?: never;
    };
    response: {
      url: string | null;
      payment_id: string;
    };
  };
  /** List sessions */
  'GET /v1/sessions': {
    query?: {
      customer?: string;
      member?: string;
      limit?: string | number;
      cursor?: string;
    };
    response: {
      data: Array<{
        id: string;
        proof: 'purchase' | 'app' | 'email';
        email: string | null;
        browser: string | null;
        holder: 'app' | 'gateway';
        created_at: string;
        expires_at: string;
        subject: {
          payment_id: string | null;
          customer_id: string | null;
          external_id: string | null;
          member_id: string | null;
        };
        current: boolean;
      }>;
      next_cursor: string | null;
    };
  };
  /** Vouch for your user */
  'POST /v1/sessions': {
    body: {
      external_id?: string;
      customer?: string;
      member?: string;
      ttl_seconds?: number;
      user_agent?: string;
    };
    response: {
      session: string;
      expires_at: string;
      subject: {
        payment_id: string | null;
        customer_id: string | null;
        external_id: string | null;
        member_id: string | null;
      };
    };
  };
  /** Sign out everywhere */
  'DELETE /v1/sessions': {
    query?: {
      customer?: string;
      member?: string;
    };
    response: {
      ended: number;
    };
  };
  /** Exchange a code for a session */
  'POST /v1/sessions/exchange': {
    body: {
      code: string;
      callback_url: string;
      code_verifier?: string;
      user_agent?: string;
    };
    response: {
      session: string;
      expires_at: string;
      subject: {
        payment_id: string;
        customer_id: string | null;
      };
      payment: {
        id: string;
        status: 'pending' | 'succeeded' | 'partially_refunded' | 'refunded' | 'failed' | 'expired';
        kind: 'checkout' | 'renewal' | 'change' | 'direct';
        method: string;
        disputed: boolean;
        product: {
          id: string | null;
          name: string | null;
          plan: string | null;
        };
        amount: number | null;
        net_amount: number | null;
        tax_amount: number | null;
        discount_amount: number | null;
        refunded_amount: number;
        refunded_tax_amount: number;
        refundable_amount: number;
        currency: string | null;
        billing_reason: string | null;
        discount: {
          id: string;
          code: string | null;
          name: string | null;
        } | null;
        invoice_number: string | null;
        failure_reason: string | null;
        customer: {
          id: string | null;
          external_id: string | null;
          email: string | null;
        };
        checkout_id: string | null;
        checkout_url: string | null;
        order_id: string | null;
        subscription_id: string | null;
        metadata: Record<string, string | number | boolean>;
        created_at: string;
        succeeded_at: string | null;
        expires_at: string | null;
      };
    };
  };
  /** End one session */
  'DELETE /v1/sessions/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** Read the session */
  'GET /v1/session': {
    response: {
      app: string;
      id: string;
      proof: 'purchase' | 'app' | 'email';
      email: string | null;
      browser: string | null;
      holder: 'app' | 'gateway';
      created_at: string;
      expires_at: string;
      subject: {
        payment_id: string | null;
        customer_id: string | null;
        external_id: string | null;
        member_id: string | null;
      };
    };
  };
  /** Sign out */
  'DELETE /v1/session': {
    response: undefined;
  };
  /** Mail a code */
  'POST /v1/sign-in': {
    body: {
      email: string;
      return_url?: string;
    };
    response: {
      attempt: string;
      browser_token: string;
      expires_at: string;
    };
  };
  /** Sign in with a code */
  'POST /v1/sign-in/verify': {
    body: {
      attempt: string;
      browser_token: string;
      code?: string;
      link_token?: string;
      session?: string;
      user_agent?: string;
    };
    response: {
      session: string;
      expires_at: string;
      subject: {
        payment_id: string | null;
        customer_id: string | null;
        external_id: string | null;
        member_id: string | null;
      };
      replaced: boolean;
      others: Array<{
        session: string;
        expires_at: string;
        subject: {
          payment_id: string | null;
          customer_id: string | null;
          external_id: string | null;
          member_id: string | null;
        };
      }>;
    };
  };
  /** May this customer use this? */
  'GET /v1/access': {
    query: {
      resource: string;
      customer?: string;
      member?: string;
      max_age?: string | number;
    };
    response: {
      resource: string;
      allow: boolean;
      reason: 'granted' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
      expires_at: string | null;
      customer: string | null;
      token: string | null;
    };
  };
  /** May this customer use these? */
  'POST /v1/access/batch': {
    body: {
      resources: Array<string>;
      customer?: string;
      member?: string;
      max_age?: number;
    };
    response: {
      customer: string | null;
      results: Array<{
        resource: string;
        allow: boolean;
        reason: 'granted' | 'not_granted' | 'revoked' | 'expired' | 'unknown_customer' | 'unknown_resource' | 'pending_payment' | 'unavailable';
        expires_at: string | null;
      }>;
      token: string | null;
    };
  };
  /** List webhook endpoints */
  'GET /v1/webhook-endpoints': {
    query?: {
      limit?: string | number;
      cursor?: string;
    };
    response: {
      data: Array<{
        id: string;
        url: string;
        events: Array<string>;
        description: string;
        enabled: boolean;
        disabled_reason: 'paused' | 'gone' | 'failing' | null;
        disabled_at: string | null;
        failing_since: string | null;
        ordering: 'none' | 'payment';
        rate_limit: number | null;
        catching_up: boolean;
        previous_secrets_expire_at: string | null;
        created_at: string;
        updated_at: string;
      }>;
      next_cursor: string | null;
    };
  };
  /** Register a webhook endpoint */
  'POST /v1/webhook-endpoints': {
    body: {
      url: string;
      events?: Array<string>;
      description?: string;
      enabled?: boolean;
      rate_limit?: number | null;
      ordering?: 'none' | 'payment';
    };
    response: {
      id: string;
      url: string;
      events: Array<string>;
      description: string;
      enabled: boolean;
      disabled_reason: 'paused' | 'gone' | 'failing' | null;
      disabled_at: string | null;
      failing_since: string | null;
      ordering: 'none' | 'payment';
      rate_limit: number | null;
      catching_up: boolean;
      previous_secrets_expire_at: string | null;
      created_at: string;
      updated_at: string;
      secret: string;
    };
  };
  /** Read a webhook endpoint */
  'GET /v1/webhook-endpoints/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      url: string;
      events: Array<string>;
      description: string;
      enabled: boolean;
      disabled_reason: 'paused' | 'gone' | 'failing' | null;
      disabled_at: string | null;
      failing_since: string | null;
      ordering: 'none' | 'payment';
      rate_limit: number | null;
      catching_up: boolean;
      previous_secrets_expire_at: string | null;
      created_at: string;
      updated_at: string;
    };
  };
  /** Change, pause or resume a webhook endpoint */
  'PATCH /v1/webhook-endpoints/{id}': {
    params: {
      id: string;
    };
    body: {
      url?: string;
      events?: Array<string>;
      description?: string;
      enabled?: boolean;
      rate_limit?: number | null;
      ordering?: 'none' | 'payment';
    };
    response: {
      id: string;
      url: string;
      events: Array<string>;
      description: string;
      enabled: boolean;
      disabled_reason: 'paused' | 'gone' | 'failing' | null;
      disabled_at: string | null;
      failing_since: string | null;
      ordering: 'none' | 'payment';
      rate_limit: number | null;
      catching_up: boolean;
      previous_secrets_expire_at: string | null;
      created_at: string;
      updated_at: string;
    };
  };
  /** Delete a webhook endpoint */
  'DELETE /v1/webhook-endpoints/{id}': {
    params: {
      id: string;
    };
    response: undefined;
  };
  /** Rotate the secret of a webhook endpoint */
  'POST /v1/webhook-endpoints/{id}/rotate-secret': {
    params: {
      id: string;
    };
    body?: {
      overlap_seconds?: number;
    };
    response: {
      id: string;
      secret: string;
      previous_secrets_expire_at: string | null;
    };
  };
  /** Send a test to a webhook endpoint */
  'POST /v1/webhook-endpoints/{id}/test': {
    params: {
      id: string;
    };
    body?: {
      type?: string;
    };
    response: {
      event_id: string;
      delivered: boolean;
      status: number | null;
      error: string | null;
      message: string | null;
      latency_ms: number;
      response: string | null;
    };
  };
  /** Send a webhook endpoint what waits for it, now */
  'POST /v1/webhook-endpoints/{id}/send-now': {
    params: {
      id: string;
    };
    response: {
      due: number;
    };
  };
  /** How a webhook endpoint does */
  'GET /v1/webhook-endpoints/{id}/metrics': {
    params: {
      id: string;
    };
    query?: {
      since?: string;
    };
    response: {
      endpoint_id: string;
      since: string;
      attempts: number;
      succeeded: number;
      failed: number;
      success_rate: number | null;
      latency_ms: {
        p50: number | null;
        p95: number | null;
      };
      deliveries: {
        pending: number;
        failed: number;
      };
      backlog: {
        count: number;
        oldest_at: string | null;
        age_seconds: number | null;
      };
      failing_since: string | null;
      last_success_at: string | null;
      enabled: boolean;
      disabled_reason: 'paused' | 'gone' | 'failing' | null;
    };
  };
  /** List what the app was told */
  'GET /v1/events': {
    query?: {
      limit?: string | number;
      cursor?: string;
      type?: string;
      payment?: string;
    };
    response: {
      data: Array<{
        id: string;
        type: string;
        sequence: number;
        payment_sequence: number | null;
        origin: 'webhook' | 'return' | 'reconcile' | 'api' | 'gateway';
        payment_id: string | null;
        customer_id: string | null;
        occurred_at: string;
        created_at: string;
        body: unknown;
      }>;
      next_cursor: string | null;
    };
  };
  /** Read an event */
  'GET /v1/events/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      type: string;
      sequence: number;
      payment_sequence: number | null;
      origin: 'webhook' | 'return' | 'reconcile' | 'api' | 'gateway';
      payment_id: string | null;
      customer_id: string | null;
      occurred_at: string;
      created_at: string;
      body: unknown;
    };
  };
  /** List deliveries */
  'GET /v1/deliveries': {
    query?: {
      limit?: string | number;
      cursor?: string;
      endpoint?: string;
      status?: 'pending' | 'succeeded' | 'failed' | 'canceled';
      event?: string;
      type?: string;
      created_after?: string;
      created_before?: string;
    };
    response: {
      data: Array<{
        id: string;
        event_id: string;
        endpoint_id: string;
        status: 'pending' | 'succeeded' | 'failed' | 'canceled';
        attempts: number;
        next_attempt_at: string | null;
        last_status: number | null;
        replays: number;
        replayed_at: string | null;
        created_at: string;
        finished_at: string | null;
      }>;
      next_cursor: string | null;
    };
  };
  /** Read a delivery and its attempts */
  'GET /v1/deliveries/{id}': {
    params: {
      id: string;
    };
    response: {
      id: string;
      event_id: string;
      endpoint_id: string;
      status: 'pending' | 'succeeded' | 'failed' | 'canceled';
      attempts: number;
      next_attempt_at: string | null;
      last_status: number | null;
      replays: number;
      replayed_at: string | null;
      created_at: string;
      finished_at: string | null;
      attempt_log: Array<{
        attempt: number;
        replay: boolean;
        at: string;
        status: number | null;
        error: string | null;
        message: string | null;
        latency_ms: number;
        response: string | null;
      }>;
    };
  };
  /** Send a delivery again */
  'POST /v1/deliveries/{id}/replay': {
    params: {
      id: string;
    };
    body?: Record<string, unknown>;
    response: {
      id: string;
      event_id: string;
      endpoint_id: string;
      status: 'pending' | 'succeeded' | 'failed' | 'canceled';
      attempts: number;
      next_attempt_at: string | null;
      last_status: number | null;
      replays: number;
      replayed_at: string | null;
      created_at: string;
      finished_at: string | null;
    };
  };
  /** Send an event again */
  'POST /v1/events/{id}/replay': {
    params: {
      id: string;
    };
    body?: {
      endpoint_id?: string;
    };
    response: {
      replayed: number;
      deliveries: Array<{
        id: string;
        event_id: string;
        endpoint_id: string;
        status: 'pending' | 'succeeded' | 'failed' | 'canceled';
        attempts: number;
        next_attempt_at: string | null;
        last_status: number | null;
        replays: number;
        replayed_at: string | null;
        created_at: string;
        finished_at: string | null;
      }>;
    };
  };
  /** Recover what failed */
  'POST /v1/webhook-endpoints/{id}/recover': {
    params: {
      id: string;
    };
    body: {
      since: string;
      dry_run?: boolean;
    };
    response: {
      matched: number;
      replayed: number;
      remaining: number;
      dry_run: boolean;
      limit: {
        per_hour: number;
        left: number;
      };
    };
  };
  /** Send many deliveries again */
  'POST /v1/replays': {
    body: {
      endpoint_id?: string;
      status?: 'failed' | 'succeeded' | 'pending';
      types?: Array<string>;
      since?: string;
      until?: string;
      dry_run?: boolean;
    };
    response: {
      matched: number;
      replayed: number;
      remaining: number;
      dry_run: boolean;
      limit: {
        per_hour: number;
        left: number;
      };
    };
  };
}

/** The routes that take an `Idempotency-Key`. */
export const IDEMPOTENT: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'POST /v1/payments',
  'POST /v1/payments/{id}/refunds',
  'DELETE /v1/subscriptions/{id}',
  'POST /v1/subscriptions/{id}/cancel',
  'POST /v1/subscriptions/{id}/uncancel',
  'POST /v1/subscriptions/{id}/pause',
  'POST /v1/subscriptions/{id}/resume',
  'POST /v1/subscriptions/{id}/change',
  'POST /v1/subscriptions/{id}/seats',
  'POST /v1/subscriptions/{id}/units',
  'POST /v1/subscriptions/{id}/discount',
  'POST /v1/subscriptions/{id}/trial',
  'POST /v1/checkout',
  'POST /v1/sessions',
  'POST /v1/sessions/exchange',
  'POST /v1/sign-in',
  'POST /v1/sign-in/verify',
  'POST /v1/webhook-endpoints',
  'POST /v1/webhook-endpoints/{id}/rotate-secret',
  'POST /v1/deliveries/{id}/replay',
  'POST /v1/events/{id}/replay',
  'POST /v1/webhook-endpoints/{id}/recover',
  'POST /v1/replays',
]);
