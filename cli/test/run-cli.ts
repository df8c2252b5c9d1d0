import { run } from '../src/program.ts';

/** Runs a command line in this process. */
export async function runCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(args, {
    env,
    terminal: {
      isTty: false,
      columns: 100,
      rows: 40,
      out: (text) => (out += text),
      err: (text) => (err += text),
      paint: (_colour, text) => text,
    },
  });
  return { code, out, err };
}
