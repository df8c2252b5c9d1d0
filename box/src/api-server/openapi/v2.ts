/**
 * The OpenAPI v2 document, empty but for its head: kubectl asks for it only after v3 did not settle a
 * question, and then takes an empty one for "nothing more is known". kubectl wants protobuf, others JSON.
 */
export const JSON_DOCUMENT = Object.freeze({
  swagger: '2.0',
  info: { title: 'Kubernetes', version: 'v1' },
  paths: {},
  definitions: {},
});

export const PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** gnostic's openapi_v2.Document: field 1 `swagger`, field 2 `info` {1 `title`, 2 `version`}. */
export function protobufDocument(): Buffer {
  const info = Buffer.concat([
    text(1, JSON_DOCUMENT.info.title),
    text(2, JSON_DOCUMENT.info.version),
  ]);
  return Buffer.concat([text(1, JSON_DOCUMENT.swagger), field(2, info)]);
}

const LENGTH_DELIMITED = 2;

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | LENGTH_DELIMITED, content.length]), content]);
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value));
}
