import {
  status as Code,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';

/** A call that gRPC ended before its message reached the handler. */
export interface RefusedCall {
  /** `malformed-call`: it violates gRPC, such as a message that cannot be decompressed. */
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
 * Reports calls of one method that grpc-js refuses before the handler. grpc-js has no hook for them, and interceptors that wrap the
 * call do not see them. So this interceptor must be the first, and replaces the method that sends every status.
 */
export function observeRefusedCalls(path: string, onRefused: (call: RefusedCall) => void): ServerInterceptor {
  const reported = new WeakSet<ServerInterceptingCallInterface>();
  let original: ServerInterceptingCallInterface['sendStatus'] | undefined;
  // One function for all calls: a function per call would give each call its own hidden class, at 1.5 times the cost.
  function sendStatus(
    this: ServerInterceptingCallInterface,
    status: Parameters<ServerInterceptingCallInterface['sendStatus']>[0],
  ): void {
    const kind = KINDS[status.code];
    if (kind && !reported.has(this)) {
      reported.add(this);
      onRefused({ kind, problem: status.details, peer: this.getPeer() });
    }
    original?.call(this, status);
  }
  return (method, call) => {
    if (method.path === path) {
      original ??= call.sendStatus;
      call.sendStatus = sendStatus;
    }
    // grpc-js needs only the interface, whatever its type says; a wrapper would cost every call.
    return call as ServerInterceptingCall;
  };
}
