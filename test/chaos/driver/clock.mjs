/**
 * Loaded into a process before all else: its wall clock runs ahead by the milliseconds that stand in the file named in CHAOS_CLOCK, and
 * steps when the file changes. The monotonic clock stays as it is, as it does where an operator sets the time.
 */
import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

const LOOK_MS = 200;
const file = process.env.CHAOS_CLOCK ?? '';
const RealDate = globalThis.Date;
let offsetMs = 0;

function look() {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // It is being written: the next look will do.
  }
}

globalThis.Date = class extends RealDate {
  constructor(/** @type {any[]} */ ...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};
look();
setInterval(look, LOOK_MS).unref();
