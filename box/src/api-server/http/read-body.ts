import type { Request } from 'express';
import { parse as parseYaml } from 'yaml';
import { badRequest, StatusError, unsupportedMediaType } from '../status-error.ts';
import { decodeProtobuf, PROTOBUF } from './protobuf.ts';

/** As a real server: what etcd could not hold anyway. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

const JSON_TYPES = [
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const YAML_TYPES = ['application/yaml', 'application/apply-patch+yaml'];

/** The content type without its parameters. */
export function contentTypeOf(request: Request): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** Reads a JSON or YAML body; undefined when there is none. @throws StatusError 400, 413, 415 */
export async function readBody(request: Request): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${MAX_BODY_BYTES}`,
      );
    }
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const body = Buffer.concat(chunks);
  const type = contentTypeOf(request);
  if (type === PROTOBUF) return decodeProtobuf(body);
  const text = body.toString();
  if (YAML_TYPES.includes(type)) return fromYaml(text);
  if (type !== '' && !JSON_TYPES.includes(type))
    throw unsupportedMediaType(['application/json', 'application/yaml']);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRequest(
      `the object provided is unrecognized (must be of type JSON): ${String(cause)}`,
    );
  }
}

function fromYaml(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    throw badRequest(`error decoding YAML: ${String(cause)}`);
  }
}
