/** The kubelet's probes: what a row of answers means (pure), and asking over HTTP. */
import { get } from 'node:http';
import type { Container, HttpProbe } from './pod-spec.ts';

/** What probing has found so far about one container. */
export interface ProbeState {
  readonly successes: number;
  readonly failures: number;
  /** Null until a threshold has been reached. */
  readonly verdict: boolean | null;
}

export const UNPROBED: ProbeState = { successes: 0, failures: 0, verdict: null };

export function probed(state: ProbeState, success: boolean, probe: HttpProbe): ProbeState {
  const { failureThreshold = 3, successThreshold = 1 } = probe;
  const successes = success ? state.successes + 1 : 0;
  const failures = success ? 0 : state.failures + 1;
  if (successes >= successThreshold) return { successes, failures, verdict: true };
  if (failures >= failureThreshold) return { successes, failures, verdict: false };
  return { successes, failures, verdict: state.verdict };
}

/** True for 200 … 399, as the kubelet takes it. A probe that asks for something else than HTTP succeeds. */
export async function ask(
  probe: HttpProbe,
  container: Container,
  host: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { httpGet, timeoutSeconds = 1 } = probe;
  if (httpGet === undefined) return true;
  const port =
    typeof httpGet.port === 'number'
      ? httpGet.port
      : container.ports?.find((it) => it.name === httpGet.port)?.containerPort;
  if (port === undefined) return false;
  const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]);
  return await new Promise<boolean>((resolve) => {
    const request = get(
      { host, port, path: httpGet.path ?? '/', signal: ends, agent: false },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve(statusCode >= 200 && statusCode < 400);
      },
    );
    request.on('error', () => resolve(false));
  });
}
