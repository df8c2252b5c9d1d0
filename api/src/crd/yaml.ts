/** Texts that no reader of YAML, of any version, takes for something else. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*$/;
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** Plain data as YAML, block style, keys in their order; what JSON cannot say is left out. */
export function renderYaml(value: unknown): string {
  return `${block(value, '').replace(/^\n/, '')}\n`;
}

/** A value behind its key or dash: on the same line, or on lines of its own below. */
function block(value: unknown, indent: string): string {
  if (Array.isArray(value) && value.length > 0) {
    return value
      .map((item) => `\n${indent}-${behind(item, `${indent}  `).replace(/^\n\s*/, ' ')}`)
      .join('');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length > 0) {
      return entries
        .map(([key, item]) => `\n${indent}${scalar(key)}:${behind(item, `${indent}  `)}`)
        .join('');
    }
  }
  return scalar(value);
}

function behind(value: unknown, indent: string): string {
  const text = block(value, indent);
  return text.startsWith('\n') ? text : ` ${text}`;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (PLAIN.test(value) && !WORDS.test(value)) return value;
  // Fewer escapes are easier to read, and what the formatter would make of it.
  const doubles = value.split('"').length;
  const singles = value.split("'").length;
  return doubles > singles && /^[ -[\]-~]*$/.test(value)
    ? `'${value.replaceAll("'", "''")}'`
    : JSON.stringify(value);
}
