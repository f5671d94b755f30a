import { waitUntil } from '../support/wait-until.ts';

/**
 * A sidecar's metrics, of after the call: they are rendered once a second, so the first rendering that differs from what is shown
 * now is a new one. The CPU time in it differs each time.
 */
export async function freshMetrics(httpPort: number): Promise<string> {
  const read = async () => (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const before = await read();
  let text = before;
  await waitUntil('the next rendering of the metrics', async () => {
    text = await read();
    return text !== before;
  });
  return text;
}
