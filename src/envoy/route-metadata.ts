import type { RouteMetadata } from '../check/check-request.ts';
import { lengthDelimited, type WireReader } from './wire-reader.ts';

/** The key under which an Envoy route's metadata speaks to us. */
const OURS = 'sallyport';

const KEY = lengthDelimited(1);
const VALUE = lengthDelimited(2);
/** `Metadata.filter_metadata`, `Struct.fields` and `ListValue.values` all have number 1. */
const ELEMENT = lengthDelimited(1);
const STRING_VALUE = lengthDelimited(3);
const LIST_VALUE = lengthDelimited(6);

/**
 * What is there but can't be used. No namespace has an empty id, so that a request which carries this is refused rather
 * than evaluated as if its route had said nothing.
 */
const UNUSABLE: RouteMetadata = Object.freeze({ namespace: '', policies: undefined });

/**
 * Reads `sallyport: { namespace, policies }` out of an `envoy.config.core.v3.Metadata`, which ends at `end`; undefined
 * where it holds no `sallyport`. A wrong type, or a key that we don't know, makes all of it unusable.
 */
export function readRouteMetadata(reader: WireReader, end: number): RouteMetadata | undefined {
  let metadata: RouteMetadata | undefined;
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag === ELEMENT) metadata = readFilterMetadata(reader, reader.end(end)) ?? metadata;
    else reader.skip(tag, end);
  }
  reader.expectEnd(end);
  return metadata;
}

function readFilterMetadata(reader: WireReader, end: number): RouteMetadata | undefined {
  const { key, start, valueEnd } = readEntry(reader, end);
  if (key !== OURS) return undefined;
  reader.position = start;
  const metadata = readFields(reader, valueEnd);
  reader.position = end;
  return metadata;
}

/** The key of a map's entry, and where its value lies. The reader then stands behind the entry. */
function readEntry(reader: WireReader, end: number): { key: string; start: number; valueEnd: number } {
  let key = '';
  let start = end;
  let valueEnd = end;
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag === KEY) {
      key = reader.text(end);
    } else if (tag === VALUE) {
      valueEnd = reader.end(end);
      start = reader.position;
      reader.position = valueEnd;
    } else {
      reader.skip(tag, end);
    }
  }
  reader.expectEnd(end);
  return { key, start, valueEnd };
}

function readFields(reader: WireReader, end: number): RouteMetadata {
  let namespace: string | undefined;
  let policies: readonly string[] | undefined;
  let usable = true;
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag !== ELEMENT) {
      reader.skip(tag, end);
      continue;
    }
    const fieldEnd = reader.end(end);
    const { key, start, valueEnd } = readEntry(reader, fieldEnd);
    reader.position = start;
    const value = readValue(reader, valueEnd);
    reader.position = fieldEnd;
    if (key === 'namespace' && typeof value === 'string') namespace = value;
    else if (key === 'policies' && typeof value === 'object') policies = value;
    else usable = false;
  }
  reader.expectEnd(end);
  return usable ? { namespace, policies } : UNUSABLE;
}

/** A `google.protobuf.Value` that is a string or a list of strings; undefined for any other, however deep it goes. */
function readValue(reader: WireReader, end: number): string | readonly string[] | undefined {
  let value: string | readonly string[] | undefined;
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag === STRING_VALUE) {
      value = reader.text(end);
    } else if (tag === LIST_VALUE) {
      value = readStrings(reader, reader.end(end));
    } else {
      value = undefined;
      reader.skip(tag, end);
    }
  }
  reader.expectEnd(end);
  return value;
}

function readStrings(reader: WireReader, end: number): readonly string[] | undefined {
  const strings: string[] = [];
  let usable = true;
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag !== ELEMENT) {
      reader.skip(tag, end);
      continue;
    }
    const valueEnd = reader.end(end);
    const value = readElement(reader, valueEnd);
    if (value === undefined) usable = false;
    else strings.push(value);
  }
  reader.expectEnd(end);
  return usable ? strings : undefined;
}

function readElement(reader: WireReader, end: number): string | undefined {
  let text: string | undefined;
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag === STRING_VALUE) {
      text = reader.text(end);
    } else {
      text = undefined;
      reader.skip(tag, end);
    }
  }
  reader.expectEnd(end);
  return text;
}
