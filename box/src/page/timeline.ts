import type { FailoverRecord } from '@radondb/api';
import { type Html, html } from './html.ts';

/** A stretch of a failover: from one thing that happened to the next. */
export interface Segment {
  /** What it ended with: `revoked`, `elected`, … */
  readonly name: string;
  readonly fromMs: number;
  readonly durationMs: number;
}

/** What took how long: all that is known of a change of primary, in the order of time. Milliseconds after it was noticed. */
export function segmentsOf(record: FailoverRecord): readonly Segment[] {
  const milestones = [
    { name: 'revoked', atMs: record.revokedAtMs },
    { name: 'elected', atMs: record.electedAtMs },
    { name: 'opened', atMs: record.openedAtMs },
  ].flatMap(({ name, atMs }) => (atMs === null ? [] : [{ name, atMs }]));
  const steps = record.steps.filter((step) => milestones.every((it) => it.name !== step.name));
  const ordered = [...milestones, ...steps]
    .filter((it) => it.atMs >= record.noticedAtMs && it.name !== 'noticed')
    .sort((a, b) => a.atMs - b.atMs || rank(a.name) - rank(b.name));
  let last = record.noticedAtMs;
  return ordered.map(({ name, atMs }) => {
    const segment = { name, fromMs: last - record.noticedAtMs, durationMs: atMs - last };
    last = atMs;
    return segment;
  });
}

/** Of two things in the same millisecond, the end of it all stands last. */
function rank(name: string): number {
  return name === 'opened' ? 1 : 0;
}

/** Milliseconds without service; null while it is going on. */
export function unavailableMs(record: FailoverRecord): number | null {
  return record.openedAtMs === null ? null : Math.round(record.openedAtMs - record.noticedAtMs);
}

const COLOURS = 8;

/** The bar and the legend of one change of primary. `scaleMs`: what the whole width stands for. */
export function renderTimeline(record: FailoverRecord, scaleMs: number): Html {
  const segments = segmentsOf(record);
  const x = (ms: number): string => ((ms / scaleMs) * 1000).toFixed(1);
  const bars = segments.map(
    (it, index) => html`<rect class="s${index % COLOURS}" x="${x(it.fromMs)}" y="0" height="18"
      width="${x(Math.max(it.durationMs, scaleMs / 500))}"><title>${it.name}: ${ms(it.durationMs)}</title></rect>`,
  );
  const legend = segments.map(
    (it, index) =>
      html`<span><i class="b${index % COLOURS}"></i>${it.name} <b>${ms(it.durationMs)}</b></span>`,
  );
  return html`<svg viewBox="0 0 1000 18" preserveAspectRatio="none" role="img"
    aria-label="${segments.map((it) => `${it.name} ${ms(it.durationMs)}`).join(', ')}">${bars}</svg>
    <div class="legend">${legend}</div>`;
}

export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} s`;
  return `${value < 10 && value % 1 !== 0 ? value.toFixed(1) : Math.round(value)} ms`;
}
