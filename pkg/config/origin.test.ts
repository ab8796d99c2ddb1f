import { expect, test } from 'vitest';
import { isOrigin } from './origin.ts';

test.each(['https://app.example.com', 'http://localhost:3000', 'https://[::1]:8443'])('%s is an origin', (text) => {
  expect(isOrigin(text)).toBe(true);
});

test.each([
  ...['*', 'null', '', 'https://*.example.com', 'https://app.example.com/', 'https://app.example.com/path'],
  ...[
    'https://App.example.com',
    'https://app.example.com:443',
    'ftp://app.example.com',
    'https://user@app.example.com',
  ],
])('%j is not an origin', (text) => {
  expect(isOrigin(text)).toBe(false);
});
