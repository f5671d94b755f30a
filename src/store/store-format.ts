/** A change of what keys and values mean raises it and adds a step to `embedded/migrate-store.ts`. */
export const STORE_FORMAT = 1;
