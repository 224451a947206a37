import { WorkerEntrypoint } from 'cloudflare:workers';
import type {
  FloeAccessProps,
  FloeAccessService,
  RpcCheck,
  RpcCheckAnswer,
  RpcEntitlementsAnswer,
  RpcSessionAnswer,
  RpcWho,
} from '../packages/kit/rpc.ts';
import type { Bindings } from './base/config.ts';

/*
 * The service binding's entrypoint. It never throws; answers are plain values. Other Workers can call every method of the
 * class, so it has none but these.
 */
export class FloeAccess extends WorkerEntrypoint<Bindings, FloeAccessProps> implements FloeAccessService {
  async check(question: RpcCheck): Promise<RpcCheckAnswer> {
    const { answerCheck } = await import('./answer-rpc.ts');
    return answerCheck({ env: this.env, ctx: this.ctx }, question);
  }

  async session(value: string): Promise<RpcSessionAnswer> {
    const { answerSession } = await import('./answer-rpc.ts');
    return answerSession({ env: this.env, ctx: this.ctx }, value);
  }

  async entitlements(named: RpcWho): Promise<RpcEntitlementsAnswer> {
    const { answerEntitlements } = await import('./answer-rpc.ts');
    return answerEntitlements({ env: this.env, ctx: this.ctx }, named);
  }
}
