import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { collectGarbage } from './collect-garbage.ts';

/** What the heap may grow to before V8 collects what nobody needs, as long as less than that is needed; bytes. */
const ROOMY = 110 * 1024 * 1024;
/** In percent of what is needed. Below the first V8 would collect all the time; the second is its own limit. */
const LEAST_GROWTH = 25;
const MOST_GROWTH = 300;
/** What a record in a cache and all that is worked out from it take, about. */
const BYTES_A_RECORD = 1024;
const INTERVAL_MS = 1000;

/**
 * Keeps the heap from growing to several times of what is needed, which V8 would let it do: with caches that are full, a
 * quarter more has to be enough. A heap that needs little may grow as V8 has it, because each collection takes time. First
 * throws away what starting left behind.
 * @param records how many records the caches hold
 */
export function boundHeapGrowth(records: () => number): { close(): void } {
  collectGarbage();
  let needed = oldGenerationSize();
  let recordsThen = records();
  let current = 0;
  const adjust = () => {
    const growth = growthFor(needed + Math.max(0, records() - recordsThen) * BYTES_A_RECORD);
    if (growth === current) return;
    current = growth;
    setFlagsFromString(`--heap-growing-percent=${growth}`);
  };
  adjust();
  // V8 goes by the percentage that is set when it ends a collection: one more has it know.
  collectGarbage();
  const collections = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isMajor)) return;
    needed = oldGenerationSize();
    recordsThen = records();
    adjust();
  });
  collections.observe({ entryTypes: ['gc'] });
  // Caches fill between two collections.
  const timer = setInterval(adjust, INTERVAL_MS).unref();
  return {
    close() {
      collections.disconnect();
      clearInterval(timer);
      setFlagsFromString('--heap-growing-percent=0');
    },
  };
}

/** Percent by which a heap of which `needed` bytes are in use may grow. */
export function growthFor(needed: number): number {
  const growth = Math.round((ROOMY / needed - 1) * 100);
  return Math.min(MOST_GROWTH, Math.max(LEAST_GROWTH, growth));
}

/** Without the young generation, which is mostly garbage at any time. */
function oldGenerationSize(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => !space_name.startsWith('new_') && space_name !== 'read_only_space')
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

function isMajor(entry: object): boolean {
  const detail: unknown = 'detail' in entry ? entry.detail : undefined;
  const kind: unknown = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : 0;
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
