import { status as Code, type ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

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
  return (method, call) => {
    if (method.path === path) {
      const sendStatus = call.sendStatus.bind(call);
      let told = false;
      call.sendStatus = (status) => {
        const kind = told ? undefined : KINDS[status.code];
        told = true;
        if (kind) onRefused({ kind, problem: status.details, peer: call.getPeer() });
        sendStatus(status);
      };
    }
    // A wrapper of its own costs every call; grpc-js needs no more than the interface, whatever its type says.
    return call as ServerInterceptingCall;
  };
}
