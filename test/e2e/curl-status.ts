import assert from 'node:assert/strict';
import { E2E_HOST, type HeaderLine } from '../support/http-client.ts';
import { toolPath } from '../support/install-tools.ts';
import { runProgram } from '../support/program.ts';

/**
 * The status of a GET over HTTP/2, by curl: Node's own client will not send `authorization` twice. Header values are
 * ASCII here.
 */
export async function curlStatus(
  port: number,
  path: string,
  headers: readonly HeaderLine[],
): Promise<number> {
  const { code, stdout, stderr } = await runProgram([
    ...[
      toolPath('curl'),
      '-sS',
      '--http2-prior-knowledge',
      '-o',
      '/dev/null',
      '-w',
      '%{http_version} %{http_code}',
    ],
    ...['-H', `host: ${E2E_HOST}`, ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`])],
    `http://127.0.0.1:${port}${path}`,
  ]);
  assert.equal(code, 0, stderr);
  const [version, status] = stdout.split(' ');
  assert.equal(version, '2');
  return Number(status);
}
