/** Returns the function with a memory of its last argument and result, for values that rarely change between requests. */
export function rememberLast<Value>(textOf: (value: Value) => string): (value: Value) => string {
  let last: { value: Value; text: string } | undefined;
  return (value) => {
    if (last === undefined || last.value !== value) last = { value, text: textOf(value) };
    return last.text;
  };
}
