import { expect, test } from 'vitest';
import { parsePostgresUrl } from '../../../../pkg/postgres/address.ts';
import { configOf, NAME, servicesOf } from './services.ts';

const FILE = 'compose.postgres.yaml';

test('the service starts after the migrations, which start after the database', () => {
  const services = servicesOf(FILE);
  expect(services[NAME]).toMatchObject({ depends_on: { migrate: { condition: 'service_completed_successfully' } } });
  expect(services.migrate).toMatchObject({
    image: NAME,
    entrypoint: ['/nodejs/bin/node', '/app/cmd/migrate/main.js'],
    depends_on: { postgres: { condition: 'service_healthy' } },
  });
});

test('the service and the migrations use the socket of the database, in a volume of all three', () => {
  const config = configOf('compose.yaml', FILE);
  expect(config).toMatchObject({
    environment: 'production',
    postgres: { enabled: true },
    flags: { store: 'postgres' },
  });
  const { host, user, password } = parsePostgresUrl(config.postgres.url ?? '');
  const { migrate, postgres, [NAME]: service } = servicesOf(FILE);
  for (const each of [service, migrate, postgres]) expect(each?.volumes).toContain(`socket:${host}`);
  expect(migrate?.environment.SKIFF_POSTGRES_URL).toBe(config.postgres.url);
  expect(postgres?.environment).toMatchObject({ POSTGRES_USER: user, POSTGRES_PASSWORD: password });
});

test('the database for development has the URL in its comment', () => {
  const { postgres } = servicesOf('postgres.yaml');
  expect(postgres).toMatchObject({
    environment: { POSTGRES_USER: 'skiff', POSTGRES_PASSWORD: 'skiff' },
    ports: ['127.0.0.1:5432:5432'],
  });
});
