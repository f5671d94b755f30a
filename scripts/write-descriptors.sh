#!/bin/sh
# Writes the FileDescriptorSet that server reflection hands out. Run it after a change in proto/; needs protoc.
#   scripts/write-descriptors.sh [OUTPUT]      (default: proto/descriptors.bin)
set -eu
cd "$(dirname "$0")/.."
output=${1:-proto/descriptors.bin}
reflection=node_modules/@grpc/reflection/build/proto
# Descriptors of google/protobuf/*.proto come from protoc's own include folder.
protoc -I proto -I "$reflection" --include_imports --descriptor_set_out="$output" \
  envoy/service/auth/v3/external_auth.proto \
  grpc/health/v1/health.proto \
  grpc/reflection/v1/reflection.proto \
  grpc/reflection/v1alpha/reflection.proto
