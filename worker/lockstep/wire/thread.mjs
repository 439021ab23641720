/** Lets Node load TypeScript in this thread, where `--import tsx` has no effect, then hands over to thread.ts. */
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
