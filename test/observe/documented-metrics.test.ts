// What the pages and their alerts name has to be there: an alert on a metric that does not exist never fires.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { metricsOfBothPlanes } from './metrics-of-both-planes.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

test('every metric that a page names exists', async () => {
  const served = (await metricsOfBothPlanes()).join('\n');
  const exists = (name: string) =>
    new RegExp(`^# TYPE ${name.replace(/_(?:bucket|sum|count)$/, '')} `, 'm').test(served);
  const named = readdirSync(DOCS)
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => {
      const text = readFileSync(`${DOCS}${page}`, 'utf8');
      return [...text.matchAll(/\bsallyport_[a-z0-9_]*[a-z0-9]\b/g)].map(([name]) => ({ page, name }));
    });
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter(({ name }) => !exists(name)),
    [],
  );
});
