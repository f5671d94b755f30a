import { toolPath } from '../test/support/install-tools.ts';
import { runProgram } from '../test/support/program.ts';
import type { VerifyUpstream } from '../test/support/verify-upstream.ts';
import { curlArguments, type DemoPlace, SCHEME_HEADERS } from './curl-command.ts';

interface Call {
  readonly name: string;
  readonly header?: string;
  readonly status: number;
}

/** JWTs of an account that may call, of one in another namespace, and of one that was revoked. */
export interface DemoTokens {
  readonly robot: string;
  readonly stranger: string;
  readonly revoked: string;
}

/** Makes the demo's calls with curl, prints a line for each, and says whether all answered as they should. */
export async function runCalls(
  place: DemoPlace,
  tokens: DemoTokens,
  upstream: VerifyUpstream,
): Promise<boolean> {
  const calls: Call[] = [
    ...SCHEME_HEADERS.map((header) => ({
      name: header('<jwt>'),
      header: header(tokens.robot),
      status: 200,
    })),
    { name: 'without a token', status: 401 },
    { name: 'revoked', header: `X-Pomerium-Authorization: ${tokens.revoked}`, status: 401 },
    { name: 'from another namespace', header: `X-Pomerium-Authorization: ${tokens.stranger}`, status: 403 },
  ];
  let passed = true;
  for (const call of calls) {
    const problems = await makeCall(place, call, Object.values(tokens), upstream);
    console.log(`${problems.length === 0 ? 'ok    ' : 'not ok'} ${call.status} ${call.name}`);
    for (const problem of problems) console.log(`         ${problem}`);
    passed &&= problems.length === 0;
  }
  return passed;
}

async function makeCall(
  place: DemoPlace,
  call: Call,
  secrets: string[],
  upstream: VerifyUpstream,
): Promise<string[]> {
  const headers = call.header === undefined ? [] : [call.header];
  const { stdout, stderr } = await runProgram([toolPath('curl'), ...curlArguments(place, headers)]);
  const received = upstream.takeBytes().toString('latin1');
  const problems: string[] = [];
  const [statusLine = ''] = stdout.split('\r\n', 1);
  if (statusLine.trim() !== `HTTP/2 ${call.status}`)
    problems.push(`answered "${statusLine.trim()}" ${stderr.trim()}`);
  if (!/^server: envoy\r$/m.test(stdout)) problems.push('the answer is not from "server: envoy"');
  if (call.status === 401 && !/^www-authenticate: Bearer /im.test(stdout))
    problems.push('no WWW-Authenticate');
  if (call.status === 200 && !stdout.includes('"verified": true'))
    problems.push('no assertion that verifies');
  if ((received !== '') !== (call.status === 200))
    problems.push('the service was called, or not, against the decision');
  for (const secret of secrets)
    if (secret.split('.').some((part) => received.includes(part)))
      problems.push('a credential reached the service');
  return problems;
}
