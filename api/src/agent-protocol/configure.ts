import { Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import { type ConfigValue, configSchema } from '../v1/values.ts';
import { text } from './parts.ts';
import { refusing } from './protocol-error.ts';

/** `POST /v1/configure`: the settings that a running mysqld takes without a restart, all of them; others are left as they are. */
export interface ConfigureRequest {
  /** The member reports it from then on. */
  readonly revision: string;
  /** `spec.mysql.config`, as far as it is dynamic. */
  readonly config: Readonly<Record<string, ConfigValue>>;
}

/** @throws ProtocolError listing everything that is wrong. */
export const parseConfigureRequest: (value: unknown) => ConfigureRequest = makeParser(
  Type.Object({ revision: text, config: configSchema }),
  refusing('ConfigureRequest'),
);
