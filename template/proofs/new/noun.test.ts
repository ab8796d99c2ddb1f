import { expect, test } from 'vitest';
import { kindOf, nounOf, withNoun } from '../../../scripts/new/noun.ts';

test.each([
  ['orders', 'order'],
  ['companies', 'company'],
  ['boxes', 'box'],
  ['addresses', 'address'],
  ['prizes', 'prize'],
  ['order-items', 'order-item'],
])('the singular of %s is %s', (plural, singular) => {
  expect(nounOf(plural)).toEqual({ singular, plural });
});

test.each(['movies', 'statuses', 'series', 'people', 'analyses', 'shelves', 'heroes'])(
  'the singular of %s must be given',
  (plural) => {
    expect(() => nounOf(plural)).toThrow('add --singular');
    expect(nounOf(plural, 'one').singular).toBe('one');
  },
);

test.each(['', 'Orders', 'order_items', 'order--items', '-orders', '2nd-orders', '../orders', 'o'.repeat(51)])(
  'the name "%s" is rejected',
  (name) => {
    expect(() => nounOf(name, 'order')).toThrow(`"${name}": expected lower-case words`);
    expect(() => nounOf('orders', name)).toThrow(`"${name}": expected lower-case words`);
  },
);

test.each([
  ['backup', 'backups'],
  ['backup-policy', 'backup-policies'],
  ['gateway', 'gateways'],
  ['ingress', 'ingresses'],
  ['box', 'boxes'],
])('the plural of the kind %s is %s', (singular, plural) => {
  expect(kindOf(singular)).toEqual({ singular, plural });
});

test('the noun replaces the placeholder in each of its forms', () => {
  const forms =
    'createSampleThings sampleThingSchema "/sample-things" sample_thing_not_found Sample things, sample thing samplethings';
  expect(withNoun(forms, { singular: 'order-item', plural: 'order-items' })).toBe(
    'createOrderItems orderItemSchema "/order-items" order_item_not_found Order items, order item orderitems',
  );
});

test.each([
  ['invoice', 'an invoice'],
  ['order', 'an order'],
  ['user', 'a user'],
  ['unit', 'a unit'],
  ['update', 'an update'],
  ['hour', 'an hour'],
  ['house', 'a house'],
  ['ui-component', 'a ui component'],
  ['usb-device', 'a usb device'],
  ['ssh-key', 'an ssh key'],
  ['html-page', 'an html page'],
  ['http-call', 'an http call'],
  ['x-ray', 'an x ray'],
  ['pdf', 'a pdf'],
  ['honor', 'an honor'],
  ['message', 'a message'],
  ['system', 'a system'],
])('the article of %s fits', (singular, phrase) => {
  expect(withNoun('Get a sample thing', { singular, plural: `${singular}s` })).toBe(`Get ${phrase}`);
});
