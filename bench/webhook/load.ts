import { Agent, request } from 'node:https';
import { exchangeAt } from './reviews.ts';

export interface Target {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  readonly connections: number;
}

export interface LoadResult {
  readonly answers: number;
  readonly seconds: number;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
}

/** Requests leave by the clock, whatever became of the earlier ones; each is timed from when it was due. */
export async function loadAtRate(
  target: Target,
  rate: number,
  seconds: number,
): Promise<LoadResult> {
  const agent = agentFor(target);
  const total = Math.round(rate * seconds);
  const latencies = new Float64Array(total);
  const startedMs = performance.now();
  const pending: Promise<void>[] = [];
  let sent = 0;
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const dueNow = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * rate));
      for (; sent < dueNow; sent += 1) {
        const index = sent;
        const dueMs = startedMs + (index / rate) * 1_000;
        pending.push(
          exchange(target, agent, index).then(() => {
            latencies[index] = performance.now() - dueMs;
          }),
        );
      }
      if (sent === total) resolve();
      else setTimeout(tick, 1);
    };
    tick();
  });
  await Promise.all(pending);
  agent.destroy();
  return result(latencies, startedMs);
}

/** Each connection sends the next when it has its answer. */
export async function loadAtFullSpeed(target: Target, seconds: number): Promise<LoadResult> {
  const agent = agentFor(target);
  const latencies: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  let index = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      index += 1;
      await exchange(target, agent, index);
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: target.connections }, connection));
  agent.destroy();
  return result(Float64Array.from(latencies), startedMs);
}

function agentFor({ ca, connections }: Target): Agent {
  return new Agent({ ca, keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
}

function result(latencies: Float64Array, startedMs: number): LoadResult {
  const seconds = (performance.now() - startedMs) / 1_000;
  return { answers: latencies.length, seconds, latencies: latencies.toSorted() };
}

/** One review and its answer. @throws when the answer is a wrong one */
function exchange({ port }: Target, agent: Agent, index: number): Promise<void> {
  const { path, body, allowed } = exchangeAt(index);
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const isRight = response.statusCode === 200 && text.includes(`"allowed":${allowed}`);
        if (isRight) resolve();
        else reject(new Error(`a wrong answer: ${response.statusCode} ${text.slice(0, 300)}`));
      });
    });
    sent.end(body);
  });
}
