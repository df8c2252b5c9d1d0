import { KNOWN_VARIABLES } from './known-variables.ts';

/** A setting's name as a person wrote it, understood as mysqld understands it. */
export interface VariableName {
  /** Lower case, underscores, as written otherwise: what is rendered. */
  readonly name: string;
  /** Without mysqld's prefixes. */
  readonly base: string;
  /** `base` in today's words: source and replica. Rules look at this. */
  readonly modern: string;
  /** `loose`, `skip`, `enable`, `disable`, `maximum`, in the order written. */
  readonly prefixes: readonly string[];
}

const PREFIX = /^(loose|skip|enable|disable|maximum)_/;

/**
 * mysqld takes `-` for `_` and puts meaning into prefixes (`skip_x` is x=OFF, `loose_x`: no error
 * when unknown, `maximum_x`: a limit). Some settings are called `skip_…` themselves.
 *
 * @see https://dev.mysql.com/doc/refman/9.7/en/option-modifiers.html
 */
export function readVariableName(written: string): VariableName {
  const name = written.toLowerCase().replaceAll('-', '_');
  const prefixes: string[] = [];
  let base = name;
  for (;;) {
    if (KNOWN_VARIABLES.has(base)) break;
    const match = PREFIX.exec(base);
    if (match?.[1] === undefined) break;
    prefixes.push(match[1]);
    base = base.slice(match[0].length);
  }
  return { name, base, modern: inTodaysWords(base), prefixes };
}

/** `log_slave_updates` → `log_replica_updates`; `sync_master_info` → `sync_source_info`. */
function inTodaysWords(name: string): string {
  if (name === 'binlog_rotate_encryption_master_key_at_startup') return name;
  return name.replaceAll('slave', 'replica').replaceAll('master', 'source');
}
