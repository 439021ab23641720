#!/usr/bin/env node
/** The `maggy` command: lets Node load TypeScript as it is, then hands over to cli/maggy.ts. */
import { register } from 'tsx/esm/api';

register();
await import('./maggy.ts');
