import {
  status as Code,
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';

/** Any client that the CA vouches for may ask how we are. */
const OPEN = '/grpc.health.v1.Health/';

/** One name of a `subjectAltName` as Node writes it; a value in quotes holds something odd and matches nothing. */
const NAME = /(DNS|URI):(?:"(?:[^"\\]|\\.)*"|([^,"]*))(?:, |$)|[^:,]+:(?:"(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** The DNS names (lower case) and URIs that a certificate carries. */
export function subjectNames(subjectAltName: string): string[] {
  const names: string[] = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < subjectAltName.length) {
    const match = NAME.exec(subjectAltName);
    if (!match) return [];
    const [, kind, name] = match;
    if (name) names.push(kind === 'DNS' ? name.toLowerCase() : name);
  }
  return names;
}

/** Refuses every call, but for health, of a client whose certificate carries none of the names. */
export function requireClientName(
  allowed: readonly string[],
  onRefused: (peer: string) => void,
): ServerInterceptor {
  const names = new Set(allowed);
  const isAllowed = (subjectAltName: string | undefined) =>
    subjectAltName !== undefined && subjectNames(subjectAltName).some((name) => names.has(name));
  return (method, call) => {
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        if (
          method.path.startsWith(OPEN) ||
          isAllowed(call.getAuthContext().sslPeerCertificate?.subjectaltname)
        ) {
          next(metadata);
          return;
        }
        onRefused(call.getPeer());
        call.sendStatus({
          code: Code.PERMISSION_DENIED,
          details: 'the client certificate carries no allowed name',
        });
      })
      .build();
    return new ServerInterceptingCall(
      call,
      new ResponderBuilder().withStart((next) => next(listener)).build(),
    );
  };
}
