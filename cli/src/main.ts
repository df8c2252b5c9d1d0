#!/usr/bin/env -S node --conditions=@radondb/source
import { run } from './program.ts';
import { processTerminal } from './terminal.ts';

// `radondb status | head`: who reads no more wants no more.
process.stdout.on('error', () => process.exit(0));

const { env } = process;
process.exitCode = await run(process.argv.slice(2), { env, terminal: processTerminal(env) });
