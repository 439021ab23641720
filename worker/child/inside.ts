/** Whether this is a trial process: what runs experiments must not begin another one in there. */
let isInside = false;

export function markTrialProcess(): void {
  isInside = true;
}

export function isTrialProcess(): boolean {
  return isInside;
}
