import type { Stack } from './stack.ts';

export interface Check {
  readonly name: string;
  readonly check: (stack: Stack) => Promise<void>;
}
