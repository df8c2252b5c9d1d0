import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { KINDS } from './review/kinds/table.ts';

export type ReviewPath = 'validate' | 'default';
export type ReviewResult = 'allowed' | 'refused' | 'failed';

export interface WebhookMetrics {
  reviewed(path: ReviewPath, kind: string, result: ReviewResult, seconds: number): void;
  /** A request that was no review: its HTTP status. */
  rejected(status: number): void;
  /** End of the served certificate. Milliseconds since 1970. */
  certificate(notAfterMs: number): void;
  /** The exposition in Prometheus' text format. */
  text(): Promise<string>;
}

/** Names are the contract with dashboards and alerts. */
export function createWebhookMetrics(openConnections: () => number = () => 0): WebhookMetrics {
  const registry = new Registry();
  const registers = [registry];
  const reviews = new Counter({
    name: 'radondb_webhook_reviews_total',
    help: 'Admission reviews answered.',
    labelNames: ['path', 'kind', 'result'],
    registers,
  });
  const seconds = new Histogram({
    name: 'radondb_webhook_review_duration_seconds',
    help: 'From the whole request to its answer.',
    labelNames: ['path'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers,
  });
  const rejections = new Counter({
    name: 'radondb_webhook_rejected_requests_total',
    help: 'Requests that were no admission reviews, by HTTP status.',
    labelNames: ['status'],
    registers,
  });
  const expiry = new Gauge({
    name: 'radondb_webhook_certificate_expiry_timestamp_seconds',
    help: 'When the served certificate ends.',
    registers,
  });
  gaugeOf(registers, 'radondb_webhook_connections', 'Open connections.', openConnections);
  gaugeOf(registers, 'process_resident_memory_bytes', 'Resident memory.', () =>
    process.memoryUsage.rss(),
  );
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  void cpu;
  return {
    reviewed(path, kind, result, duration) {
      // Anybody may write any kind into a request: it must not become a series of its own.
      const known = KINDS.some((rules) => rules.kind === kind) ? kind : 'other';
      reviews.inc({ path, kind: known, result });
      seconds.observe({ path }, duration);
    },
    rejected: (status) => rejections.inc({ status: String(status) }),
    certificate: (notAfterMs) => expiry.set(notAfterMs / 1_000),
    text: () => registry.metrics(),
  };
}

function gaugeOf(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}
