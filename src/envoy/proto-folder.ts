import { fileURLToPath } from 'node:url';

/** The definitions and descriptors, beside `src` in the checkout and beside `dist` in the package. */
export const PROTO_FOLDER = fileURLToPath(new URL('../../proto', import.meta.url));
export const EXTERNAL_AUTH_PROTO = 'envoy/service/auth/v3/external_auth.proto';
