import messages from '../kinds/protobuf.json' with { type: 'json' };
import type { JsonObject } from '../object.ts';
import { badRequest } from '../status-error.ts';

/** Reads what `kubectl create configmap` and its like send; answers are always JSON, which they read as well. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

type Message = Readonly<Record<string, readonly [name: string, type: string]>>;

const MESSAGES = messages as unknown as Readonly<Record<string, Message>>;

const MAGIC = Buffer.from('k8s\0');
const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';

/** Kubernetes' envelope: the magic, then runtime.Unknown {1: {1 apiVersion, 2 kind}, 2: the object}. @throws StatusError 400 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw badRequest('the body is not Kubernetes protobuf');
  const envelope = new Map(fields(body.subarray(MAGIC.length)));
  const type = new Map(fields(bytes(envelope.get(1))));
  const apiVersion = bytes(type.get(1)).toString();
  const kind = bytes(type.get(2)).toString();
  const name = messageName(apiVersion, kind);
  if (MESSAGES[name] === undefined) {
    throw badRequest(`${apiVersion} ${kind} is not understood in protobuf here: send it as JSON`);
  }
  return { apiVersion, kind, ...decode(name, bytes(envelope.get(2))) };
}

function messageName(apiVersion: string, kind: string): string {
  if (kind === 'DeleteOptions') return `${META}.DeleteOptions`;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const folder = group === '' ? 'core' : (group.split('.')[0] ?? '');
  return `k8s.io.api.${folder}.${version}.${kind}`;
}

type Value = bigint | Buffer;

function bytes(value: Value | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

/** The fields of a message as they stand on the wire. */
function* fields(buffer: Buffer): Generator<[number, Value]> {
  let offset = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[offset++];
      if (byte === undefined) throw badRequest('the protobuf body is cut off');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  };
  while (offset < buffer.length) {
    const tag = Number(varint());
    switch (tag & 7) {
      case 0:
        yield [tag >> 3, varint()];
        break;
      case 2: {
        const length = Number(varint());
        yield [tag >> 3, buffer.subarray(offset, offset + length)];
        offset += length;
        break;
      }
      default:
        throw badRequest(`unexpected wire type ${tag & 7} in the protobuf body`);
    }
  }
}

function decode(name: string, buffer: Buffer): JsonObject {
  const result: JsonObject = {};
  for (const [number, value] of fields(buffer)) {
    const [field, type] = MESSAGES[name]?.[number] ?? [];
    if (field === undefined || type === undefined) continue;
    if (type.startsWith('repeated ')) {
      result[field] ??= [];
      (result[field] as unknown[]).push(decodeValue(type.slice('repeated '.length), value));
    } else if (type.startsWith('map<')) {
      result[field] ??= {};
      const entry = new Map(fields(bytes(value)));
      const inner = type.slice('map<string, '.length, -1);
      (result[field] as JsonObject)[bytes(entry.get(1)).toString()] = decodeValue(
        inner,
        entry.get(2) ?? Buffer.alloc(0),
      );
    } else {
      const decoded = decodeValue(type, value);
      // Go sends the zero values of what JSON leaves out.
      if (!isZero(decoded)) result[field] = decoded;
    }
  }
  return result;
}

function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false || value === null) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Types that JSON writes otherwise than their message. */
const SPECIAL: Readonly<Record<string, (message: JsonObject) => unknown>> = {
  [`${META}.Time`]: ({ seconds }) =>
    seconds === undefined
      ? null
      : new Date(Number(seconds) * 1_000).toISOString().replace('.000Z', 'Z'),
  'k8s.io.apimachinery.pkg.api.resource.Quantity': ({ string }) => string ?? '0',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': ({ type, intVal, strVal }) =>
    type === 1 ? (strVal ?? '') : (intVal ?? 0),
};

function decodeValue(type: string, value: Value): unknown {
  switch (type) {
    case 'string':
      return bytes(value).toString();
    case 'bytes':
      return bytes(value).toString('base64');
    case 'bool':
      return value === 1n;
    case 'int32':
    case 'int64':
      return Number(BigInt.asIntN(64, value as bigint));
    default: {
      const message = decode(type, bytes(value));
      return SPECIAL[type]?.(message) ?? (type in SPECIAL ? null : message);
    }
  }
}
