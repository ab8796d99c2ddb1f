/** A service's name in every spelling that is used. */
export interface Name {
  /** `my-orders`: npm package, chart, image, Consul service, DNS label. */
  readonly kebab: string;
  /** `MY_ORDERS`: the prefix of environment variables. */
  readonly constant: string;
  /** `my_orders`: in names without hyphens, such as metrics. */
  readonly snake: string;
  /** `myOrders`, in identifiers. */
  readonly camel: string;
  /** `MyOrders`, in identifiers. */
  readonly pascal: string;
  /** `My Orders`, for people. */
  readonly title: string;
}

export function spellings(kebab: string): Name {
  const words = kebab.split('-');
  const capitals = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  const pascal = capitals.join('');
  return {
    kebab,
    constant: words.join('_').toUpperCase(),
    snake: words.join('_'),
    camel: pascal.slice(0, 1).toLowerCase() + pascal.slice(1),
    pascal,
    title: capitals.join(' '),
  };
}
