/** The API that commands ask, with the key that they show it. */
import { MaggyClient } from '../client/client.ts';
import { apiKey, apiUrl } from './environment.ts';

export function api(): MaggyClient {
  return new MaggyClient(apiUrl(), { apiKey: apiKey() });
}
