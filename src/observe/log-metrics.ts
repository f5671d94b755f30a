import { Counter, type Registry } from 'prom-client';
import type { Logger } from './logger.ts';

/** Counts problems, whether or not each had a line in the log. */
export function addLogMetrics(registry: Registry, { problems }: Pick<Logger, 'problems'>): void {
  new Counter({
    name: 'sallyport_log_problems_total',
    help: 'Events of level warn and above, written to the log or only counted there.',
    labelNames: ['event'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [event, count] of problems) this.inc({ event }, count);
    },
  });
}
