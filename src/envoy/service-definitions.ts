import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { EXTERNAL_AUTH_PROTO, PROTO_FOLDER } from './proto-folder.ts';
import { lengthDelimited, WireReader } from './wire-reader.ts';

/** The name under which health is asked for, and the path begins. */
export const AUTHORIZATION = 'envoy.service.auth.v3.Authorization';

/** `FileDescriptorSet.file` */
const FILE = lengthDelimited(1);

export type RawMethod = MethodDefinition<Buffer, Buffer>;

const same = (bytes: Buffer): Buffer => bytes;

/** `Authorization/Check` with messages as bytes: decoding is ours to do, so that garbage has an answer of its own. */
export function loadAuthorizationService(): { check: RawMethod } {
  const loaded = loadSync(EXTERNAL_AUTH_PROTO, { includeDirs: [PROTO_FOLDER] })[AUTHORIZATION];
  const method = loaded && 'Check' in loaded ? loaded.Check : undefined;
  if (!method || typeof method === 'function' || !('path' in method))
    throw new Error(`${EXTERNAL_AUTH_PROTO} has no Check`);
  const { path, requestStream, responseStream } = method;
  return {
    check: {
      path,
      requestStream,
      responseStream,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

/**
 * What protoc wrote, a file at a time, for reflection: proto-loader's own descriptors lose map fields and well-known
 * types. `scripts/write-descriptors.sh` makes the set anew.
 */
export function loadReflectedPackage(): PackageDefinition {
  const reader = new WireReader(readFileSync(join(PROTO_FOLDER, 'descriptors.bin')));
  const { length } = reader.bytes;
  const files: Buffer[] = [];
  while (reader.position < length) {
    if (reader.integer() !== FILE) throw new Error('proto/descriptors.bin is no FileDescriptorSet');
    const end = reader.end(length);
    files.push(reader.bytes.subarray(reader.position, end));
    reader.position = end;
  }
  // The service looks at nothing but the files, so that any one type may carry them all.
  return {
    files: { format: 'Protocol Buffer 3 EnumDescriptorProto', type: {}, fileDescriptorProtos: files },
  };
}
