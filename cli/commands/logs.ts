/** `maggy logs`: the last lines that a trial printed, and with `--follow` those that it prints from now on, until it has ended. */
import { patiently, sleep } from '../../client/connection.ts';
import { isFinal } from '../../core/states.ts';
import { api } from '../api.ts';
import { whenAskedToEnd } from '../signals.ts';

const POLL_MS = 1000;

export async function logs(id: string, trial: number, { follow }: { readonly follow: boolean }): Promise<void> {
  const server = api();
  const signal = follow ? whenAskedToEnd() : undefined;
  let shown: string[] = [];
  for (;;) {
    // Asked before the lines: what is printed before the end is then among them.
    const { state } = await patiently(() => server.trial(id, trial), signal);
    const lines = await patiently(() => server.log(id, trial), signal);
    for (const line of linesSince(shown, lines)) process.stdout.write(`${line}\n`);
    if (!follow || isFinal(state)) return;
    shown = lines;
    await sleep(POLL_MS, signal);
  }
}

/** The server keeps the last lines only: what is new stands behind the longest end of `before` that `now` begins with. */
export function linesSince(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let from = Math.max(0, before.length - now.length); from < before.length; from++) {
    if (before.slice(from).every((line, at) => line === now[at])) return now.slice(before.length - from);
  }
  return now;
}
