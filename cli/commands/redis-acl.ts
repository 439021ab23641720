/** `maggy redis-acl`: users for Redis with new passwords. The file holds hashes; the passwords are in the addresses, told once on stderr. */
import { aclLine, newPassword, roles, userName } from '../../queue/acl.ts';
import { keyPrefix } from '../environment.ts';
import { UsageError } from '../failure.ts';

export function redisAcl(address: string): void {
  if (!URL.canParse(address) || !/^rediss?:$/.test(new URL(address).protocol))
    throw new UsageError('--redis: must be an address that begins with redis:// or rediss://');
  const prefix = keyPrefix() ?? 'maggy';
  for (const role of roles) {
    const password = newPassword();
    const url = new URL(address);
    url.username = userName(prefix, role);
    url.password = password;
    process.stdout.write(`${aclLine(prefix, role, password)}\n`);
    process.stderr.write(`${role.padEnd(9)} REDIS_URL=${url.href}\n`);
  }
  // Without it Redis lets everybody in as the user "default".
  process.stdout.write('user default off\n');
}
