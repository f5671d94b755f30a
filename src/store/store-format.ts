/** Raised by whoever changes what keys and values of a store mean, together with a step in `embedded/migrations.ts`. */
export const STORE_FORMAT = 1;
