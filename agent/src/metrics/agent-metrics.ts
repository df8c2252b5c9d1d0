/**
 * The agent's metrics for Prometheus. Nothing is counted while it happens: at each scrape `update` takes over what the
 * member's report and counters say, so that metrics cost nothing between scrapes. prom-client's default metrics are
 * left out: they keep a garbage collection observer and a second event loop histogram running.
 */
import type { FailoverRecord, MemberReport, MysqlReport } from '@radondb/api';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ProxyCounters } from '../proxy/proxy.ts';
import { METRICS, type MetricKey } from './names.ts';

/** What the report does not say. What is left out or null is not exported. */
export interface AgentMetricsExtra {
  readonly leaderChanges?: number;
  /** Time of the raft log's fsync. Milliseconds. */
  readonly fsyncMs?: { readonly p50: number; readonly p99: number } | null;
  /** Null where there is no lease, which is everywhere but on the primary. Milliseconds. */
  readonly leaseRemainingMs?: number | null;
  /** Rpl_semi_sync_source_yes_tx. */
  readonly acknowledgedCommits?: number | null;
  /** Starts of mysqld after the first. */
  readonly mysqldRestarts?: number;
  readonly proxies?: { readonly primary: ProxyCounters; readonly replicas: ProxyCounters };
}

export interface AgentMetrics {
  /** Takes over the present; call it at a scrape, before `text`. */
  update(report: MemberReport, extra?: AgentMetricsExtra): void;
  /** The exposition in Prometheus' text format. */
  text(): Promise<string>;
  readonly registry: Registry;
}

export function createAgentMetrics(): AgentMetrics {
  return new ReportedMetrics();
}

class ReportedMetrics implements AgentMetrics {
  readonly registry = new Registry();
  readonly #gauges = new Map<MetricKey, Gauge>();
  readonly #counters = new Map<MetricKey, Counter>();
  /** Epoch of the newest change of primary that is counted already. */
  #countedEpoch: number | null = null;

  update(report: MemberReport, extra: AgentMetricsExtra = {}): void {
    const { log, raft } = report;
    this.#gauge('epoch', log.epoch);
    this.#gauge('promise', report.promise);
    this.#gauge('primary', Number(report.role === 'primary'));
    this.#gauge('open', Number(log.phase === 'open'));
    this.#gauge('fenced', Number(report.fenced));
    this.#gauge('amnesiac', Number(report.amnesiac));
    this.#gauge('errant', Number(report.errant !== null));
    this.#gauge('voters', log.voters.length);
    this.#gauge('acknowledgementsRequired', log.w);
    this.#gauge('raftTerm', raft.term);
    this.#gauge('raftCommit', raft.commitIndex);
    this.#gauge('raftApplied', raft.appliedIndex);
    this.#gauge('raftLeader', Number(raft.leader === raft.id));
    this.#gauge('rss', report.rssBytes);
    this.#quantiles('eventLoop', [['0.99', report.eventLoopDelayP99Ms]]);
    this.#mysql(report.mysql, report.role);
    this.#conditions(report);
    this.#failovers(report);
    this.#extra(extra);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  #mysql(mysql: MysqlReport | null, role: MemberReport['role']): void {
    this.#gauge('mysqldUp', Number(mysql !== null));
    this.#gauge('connections', mysql?.connections ?? null);
    // A stopped mysqld has no lag of 0: the series ends, so that an alert on its absence can tell.
    const replica = role === 'replica' ? mysql : null;
    const lagMs = replica?.lagMs ?? null;
    this.#gauge('lag', lagMs === null ? null : lagMs / 1_000);
    this.#gauge('receiver', replica === null ? null : Number(replica.ioRunning));
    this.#gauge('applier', replica === null ? null : Number(replica.sqlRunning));
    this.#total('unsafeCommits', mysql?.unsafeCommits ?? null);
  }

  #conditions({ findings }: MemberReport): void {
    const gauge = this.#gaugeOf('condition', ['type', 'reason']);
    gauge.reset();
    for (const { type, reason, status } of findings) {
      gauge.set({ type, reason }, Number(status === 'True'));
    }
  }

  #failovers({ failovers, startedAtMs }: MemberReport): void {
    const ended = failovers.filter((record) => record.openedAtMs !== null);
    const counter = this.#counterOf('failovers', ['kind']);
    if (this.#countedEpoch === null) {
      this.#countedEpoch = 0;
      // All kinds exist from the start, so that the first one is an increase.
      for (const kind of ['bootstrap', 'failover', 'switchover']) counter.inc({ kind }, 0);
    }
    for (const record of ended) {
      if (record.epoch <= this.#countedEpoch) continue;
      this.#countedEpoch = record.epoch;
      // What was over before this process began has been counted by the one before.
      if ((record.openedAtMs ?? 0) >= startedAtMs) counter.inc({ kind: record.kind });
    }
    const gauge = this.#gaugeOf('lastFailover', ['kind']);
    gauge.reset();
    const last = ended.at(-1);
    if (last !== undefined) gauge.set({ kind: last.kind }, durationSeconds(last));
  }

  #extra(extra: AgentMetricsExtra): void {
    this.#total('raftLeaderChanges', extra.leaderChanges ?? null);
    this.#total('acknowledgements', extra.acknowledgedCommits ?? null);
    this.#total('mysqldRestarts', extra.mysqldRestarts ?? null);
    const leaseMs = extra.leaseRemainingMs ?? null;
    this.#gauge('lease', leaseMs === null ? null : leaseMs / 1_000);
    const fsync = extra.fsyncMs ?? null;
    if (fsync !== null) {
      this.#quantiles('fsync', [
        ['0.5', fsync.p50],
        ['0.99', fsync.p99],
      ]);
    }
    if (extra.proxies !== undefined) this.#proxies(extra.proxies);
  }

  #proxies(proxies: Readonly<Record<string, ProxyCounters>>): void {
    const totals = {
      proxyAccepted: 'accepted',
      proxyRefused: 'refused',
      proxyCutOff: 'cutOff',
    } as const;
    for (const [key, field] of Object.entries(totals)) {
      const counter = this.#counterOf(key as keyof typeof totals, ['proxy']);
      counter.reset();
      for (const [proxy, counters] of Object.entries(proxies)) {
        counter.inc({ proxy }, counters[field]);
      }
    }
    for (const [proxy, counters] of Object.entries(proxies)) {
      this.#gaugeOf('proxyConnections', ['proxy']).set({ proxy }, counters.active);
      this.#gaugeOf('proxyWaiting', ['proxy']).set({ proxy }, counters.waiting);
    }
  }

  #quantiles(key: MetricKey, values: readonly (readonly [quantile: string, ms: number])[]): void {
    const gauge = this.#gaugeOf(key, ['quantile']);
    for (const [quantile, ms] of values) gauge.set({ quantile }, ms / 1_000);
  }

  /** Null: the series is not exported now. */
  #gauge(key: MetricKey, value: number | null): void {
    const gauge = this.#gaugeOf(key, []);
    if (value === null) gauge.remove();
    else gauge.set(value);
  }

  /** A counter whose total is kept elsewhere. */
  #total(key: MetricKey, total: number | null): void {
    const counter = this.#counterOf(key, []);
    if (total === null) {
      counter.remove();
      return;
    }
    counter.reset();
    counter.inc(total);
  }

  #gaugeOf(key: MetricKey, labelNames: string[]): Gauge {
    let gauge = this.#gauges.get(key);
    if (gauge === undefined) {
      const [name, help] = METRICS[key];
      gauge = new Gauge({ name, help, labelNames, registers: [this.registry] });
      this.#gauges.set(key, gauge);
    }
    return gauge;
  }

  #counterOf(key: MetricKey, labelNames: string[]): Counter {
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      const [name, help] = METRICS[key];
      counter = new Counter({ name, help, labelNames, registers: [this.registry] });
      this.#counters.set(key, counter);
    }
    return counter;
  }
}

function durationSeconds(record: FailoverRecord): number {
  return Math.max(0, (record.openedAtMs ?? record.noticedAtMs) - record.noticedAtMs) / 1_000;
}
