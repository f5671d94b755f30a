import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import type { CheckRequest } from '../../src/check/check-request.ts';
import { PROTO_FOLDER } from '../../src/envoy/proto-folder.ts';
import { installTools, toolPath } from '../support/install-tools.ts';
import { runProgram } from '../support/program.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { makeAllow } from './decisions.ts';

const folder = mkdtempSync(join(tmpdir(), 'reflection-'));
const seen: { request: CheckRequest; accept: readonly string[] }[] = [];
let server: TestServer;
before(async () => {
  await installTools(['grpcurl']);
  server = await startServer({
    listen: [
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
      { kind: 'unix', path: join(folder, 'a.sock') },
    ],
    check: (request) => {
      // Its headers are wiped with its answer.
      seen.push({ request, accept: request.headers.values('accept') });
      return makeAllow();
    },
  });
  server.setServing(true);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function grpcurl(address: string, args: readonly string[], data?: object): Promise<string> {
  const sent = data ? ['-d', JSON.stringify(data)] : [];
  const { code, stdout, stderr } = await runProgram([
    toolPath('grpcurl'),
    '-plaintext',
    ...sent,
    address,
    ...args,
  ]);
  assert.equal(code, 0, stderr);
  return stdout;
}

for (const transport of ['TCP', 'a Unix socket']) {
  const address = () =>
    (transport === 'TCP' ? server.addresses[0] : `unix://${join(folder, 'a.sock')}`) ?? '';

  test(`grpcurl lists and describes everything without a proto file, over ${transport}`, async () => {
    const services = (await grpcurl(address(), ['list'])).trim().split('\n');
    assert.deepEqual(services, [
      'envoy.service.auth.v3.Authorization',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
    for (const service of services) assert.match(await grpcurl(address(), ['describe', service]), /rpc /);
    const described = async (name: string) => grpcurl(address(), ['describe', name]);
    assert.match(
      await described('envoy.service.auth.v3.AttributeContext.HttpRequest'),
      /map<string, string> headers = 3/,
    );
    assert.match(await described('envoy.config.core.v3.Metadata'), /map<string, \.google\.protobuf\.Struct>/);
    assert.match(await described('google.protobuf.Value'), /oneof kind/);
  });

  test(`grpcurl makes a Check from JSON, over ${transport}`, async () => {
    const answer = JSON.parse(
      await grpcurl(address(), ['envoy.service.auth.v3.Authorization/Check'], {
        attributes: {
          request: {
            time: '2026-01-02T03:04:05Z',
            http: { method: 'GET', path: '/', host: 'a', headers: { Accept: 'text/html' } },
          },
          contextExtensions: { 'sallyport.namespace': 'team-a' },
          routeMetadataContext: { filterMetadata: { sallyport: { namespace: 'team-a', policies: ['p'] } } },
        },
      }),
    );
    assert.equal(answer.okResponse.headers[0].header.key, 'x-pomerium-jwt-assertion');
    assert.equal(answer.dynamicMetadata.account, 'sa-1');
    const { request, accept } = seen.at(-1) ?? assert.fail('it was not asked');
    assert.deepEqual(accept, ['text/html']);
    assert.equal(request.time, Date.parse('2026-01-02T03:04:05Z'));
    assert.deepEqual(request.routeMetadata, { namespace: 'team-a', policies: ['p'] });
  });

  test(`grpcurl asks for health, over ${transport}`, async () => {
    const health = async (data?: object) =>
      JSON.parse(await grpcurl(address(), ['grpc.health.v1.Health/Check'], data)).status;
    assert.equal(await health(), 'SERVING');
    assert.equal(await health({ service: 'envoy.service.auth.v3.Authorization' }), 'SERVING');
    assert.equal(
      Object.keys(JSON.parse(await grpcurl(address(), ['grpc.health.v1.Health/List'])).statuses).length,
      2,
    );
  });
}

const RECORDED = descriptor.FileDescriptorSet.decode(readFileSync(join(PROTO_FOLDER, 'descriptors.bin')));

test('the descriptors say what the files in proto/ say', () => {
  // The extension adds it; its types don't say so.
  const { fromDescriptor } = protobuf.Root as unknown as {
    fromDescriptor(set: protobuf.Message): protobuf.Root;
  };
  const described = fromDescriptor(RECORDED);
  const written = new protobuf.Root();
  written.resolvePath = (_origin, target) => join(PROTO_FOLDER, target);
  const files = readdirSync(PROTO_FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.proto'),
  );
  written.loadSync(files);
  assert.deepEqual(fieldsOf(described.lookup('envoy')), fieldsOf(written.lookup('envoy')));
  assert.deepEqual(fieldsOf(described.lookup('grpc.health')), fieldsOf(written.lookup('grpc.health')));
  assert.deepEqual(fieldsOf(described.lookup('google.rpc')), fieldsOf(written.lookup('google.rpc')));
  assert.ok(fieldsOf(written.lookup('envoy')).length > 30);
});

if (hasProtoc())
  test('protoc makes the same descriptors', () => {
    const output = join(folder, 'descriptors.bin');
    execFileSync('scripts/write-descriptors.sh', [output], { cwd: join(PROTO_FOLDER, '..') });
    assert.deepEqual(
      ownFiles(output),
      ownFiles(join(PROTO_FOLDER, 'descriptors.bin')),
      'run scripts/write-descriptors.sh',
    );
  });

/** The files but for protobuf's own, which differ between versions of protoc. */
function ownFiles(path: string): protobuf.Message[] {
  const { file } = descriptor.FileDescriptorSet.decode(readFileSync(path)) as unknown as {
    file: (protobuf.Message & { name: string })[];
  };
  const own = file.filter(({ name }) => !name.startsWith('google/protobuf/'));
  assert.ok(own.length >= 8);
  return own;
}

/** Each field of each message, and each method of each service, below an object: a line each, in order. */
function fieldsOf(object: protobuf.ReflectionObject | null): string[] {
  assert.ok(object);
  const lines: string[] = [];
  const visit = (one: protobuf.ReflectionObject) => {
    if (one instanceof protobuf.Type)
      for (const field of one.fieldsArray) {
        const name = protobuf.util.camelCase(field.name);
        const type = field.resolve().resolvedType?.fullName ?? field.type;
        if (field instanceof protobuf.MapField) {
          // What a map is in descriptors, and on the wire.
          const entry = `${one.fullName}.${name.charAt(0).toUpperCase()}${name.slice(1)}Entry`;
          lines.push(`${one.fullName}.${name} = ${field.id} ${entry} true`);
          lines.push(`${entry}.key = 1 ${field.keyType} false`, `${entry}.value = 2 ${type} false`);
        } else lines.push(`${one.fullName}.${name} = ${field.id} ${type} ${field.repeated}`);
      }
    if (one instanceof protobuf.Service)
      for (const method of one.methodsArray) lines.push(`${one.fullName}/${method.name}`);
    if (one instanceof protobuf.Enum) lines.push(`${one.fullName} ${JSON.stringify(one.values)}`);
    if (one instanceof protobuf.Namespace) for (const nested of one.nestedArray) visit(nested);
  };
  visit(object);
  return lines.sort();
}

function hasProtoc(): boolean {
  try {
    execFileSync('protoc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
