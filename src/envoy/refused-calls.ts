import {
  status as Code,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';

/** A call that gRPC ended before its message reached the handler. */
export interface RefusedCall {
  /** `malformed-call`: it does not keep to gRPC, such as a message that can't be decompressed. */
  readonly kind: 'message-too-large' | 'malformed-call';
  readonly problem: string;
  /** Address and port. */
  readonly peer: string;
}

/** What grpc-js answers by itself. Our handlers give none of these. */
const KINDS: Readonly<Partial<Record<Code, RefusedCall['kind']>>> = {
  [Code.RESOURCE_EXHAUSTED]: 'message-too-large',
  [Code.INTERNAL]: 'malformed-call',
  [Code.UNIMPLEMENTED]: 'malformed-call',
};

/**
 * Tells of calls of one method that grpc-js refuses without asking the handler. It has no hook for them and shows them to no
 * interceptor that wraps the call, so this has to be the first, and replaces the method that every answer goes through.
 */
export function observeRefusedCalls(path: string, onRefused: (call: RefusedCall) => void): ServerInterceptor {
  const told = new WeakSet<ServerInterceptingCallInterface>();
  let original: ServerInterceptingCallInterface['sendStatus'] | undefined;
  // One function for all calls: with one of its own, each call is a kind of object of its own, and costs half as much again.
  function sendStatus(
    this: ServerInterceptingCallInterface,
    status: Parameters<ServerInterceptingCallInterface['sendStatus']>[0],
  ): void {
    const kind = KINDS[status.code];
    if (kind && !told.has(this)) {
      told.add(this);
      onRefused({ kind, problem: status.details, peer: this.getPeer() });
    }
    original?.call(this, status);
  }
  return (method, call) => {
    if (method.path === path) {
      original ??= call.sendStatus;
      call.sendStatus = sendStatus;
    }
    // A wrapper would cost every call, too; grpc-js needs no more than the interface, whatever its type says.
    return call as ServerInterceptingCall;
  };
}
