/** `npm run token`: prints a token for a service in development. Staging and production reject its issuer. */
import { join } from 'node:path';
import { loadConfig } from '../../internal/config/config.ts';
import { DEVELOPMENT_ISSUER, openDevelopmentIssuer } from '../../pkg/auth/development-issuer.ts';
import { readGrants } from '../../pkg/auth/permissions.ts';
import { parseCommandLine, UsageError } from '../../pkg/config/command-line.ts';
import { ConfigError } from '../../pkg/config/config-error.ts';
import { suggestion } from '../../pkg/config/nearest.ts';
import { duration } from '../../pkg/config/quantities.ts';

const HELP = `Usage: npm run --silent token -- [options]

Prints a bearer token for this service in development. To require tokens, start it with

  npm start -- --set auth.enabled=true

  --roles ROLES       roles of the caller, separated by commas (default: none)
  --subject SUBJECT   name of the caller in the audit log (default: developer)
  --expires DURATION  how long the token is valid, such as 15m (default: 1h)
  --help              print this help

Roles and their permissions (auth.grants):
`;

function main(args: string[]): string {
  const { values } = parseCommandLine({
    args,
    options: {
      roles: { type: 'string', default: '' },
      subject: { type: 'string', default: 'developer' },
      expires: { type: 'string', default: '1h' },
      help: { type: 'boolean', default: false },
    },
  });
  const { auth } = loadConfig({
    env: process.env,
    set: [],
    defaultConfigDir: join(import.meta.dirname, '../../config'),
  }).config;
  const grants = readGrants(auth.grants);
  if (values.help) {
    return HELP + [...grants].map(([role, permissions]) => `  ${role}: ${permissions.join(', ')}`).join('\n');
  }

  const roles = values.roles.split(',').filter((role) => role !== '');
  const unknown = roles.find((role) => !grants.has(role));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, grants.keys()) || `; auth.grants has ${[...grants.keys()].join(', ')}`;
    throw new UsageError(`unknown role ${unknown}${hint}`);
  }
  const format = duration({ min: '1s' });
  const lifeMs = format.fromText(values.expires);
  if (lifeMs === undefined) throw new UsageError(`--expires ${values.expires}: expected ${format.expected}`);
  if (values.subject === '') throw new UsageError('--subject: expected a name');
  if (auth.issuer !== DEVELOPMENT_ISSUER) {
    throw new UsageError(`auth.issuer is ${auth.issuer}, not ${DEVELOPMENT_ISSUER}: get a token from that issuer`);
  }

  const now = Math.floor(Date.now() / 1000);
  const claims = { aud: auth.audience, sub: values.subject, iat: now, exp: now + Math.ceil(lifeMs / 1000) };
  return openDevelopmentIssuer().sign({ ...claims, [auth.rolesClaim]: roles });
}

try {
  console.log(main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 64 : 78;
}
