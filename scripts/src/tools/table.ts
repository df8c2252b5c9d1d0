import type { PartsReport } from './parts.ts';

/** The report as aligned columns and, beneath, what was passed over and what is missing. */
export function formatReport(report: PartsReport): string {
  const rows = report.parts.map(({ name, state, purpose }) =>
    state.found
      ? [name, state.version, state.from, state.path]
      : [name, 'missing', '', `(${purpose})`],
  );
  const table = [['part', 'version', 'from', 'where'], ...rows];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const missing = report.parts.flatMap(({ name, state, isRequired }) =>
    state.found ? [] : [`${isRequired ? 'MISSING' : 'optional'} ${name}: ${state.reason}`],
  );
  // A missing mysqld's reason names what was passed over already.
  const isMysqldFound = report.parts.some((it) => it.name === 'mysqld' && it.state.found);
  const passedOver = isMysqldFound
    ? report.passedOver.map((it) => `passed over ${it.path}: ${it.reason}`)
    : [];
  const notes = report.notes.map((note) => `note: ${note}`);
  return `${[...lines, ...passedOver, ...notes, ...missing].join('\n')}\n`;
}
