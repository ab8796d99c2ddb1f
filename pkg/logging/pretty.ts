/**
 * Returns a function that formats a line for people, or undefined if pino-pretty is not installed. It is a development
 * dependency and not part of the image.
 */
export async function createPrettyFormat(): Promise<((line: string) => string) | undefined> {
  try {
    const { prettyFactory } = await import('pino-pretty');
    return prettyFactory({ ignore: 'service,version,environment', singleLine: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
