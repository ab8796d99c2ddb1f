/**
 * Defines `until200(url)` for scripts that run in a pod: fetches the URL until the response is 200, for at most 15 s. A
 * NetworkPolicy controller needs up to two seconds to learn the address of a new pod, and rejects it until then.
 */
export const UNTIL_200 = `
  async function until200(url, options = {}) {
    for (const deadline = Date.now() + 15_000; ; ) {
      const outcome = await fetch(url, { ...options, signal: AbortSignal.timeout(5000) }).catch((error) => error);
      if (outcome.status === 200) return outcome;
      if (Date.now() > deadline) throw outcome instanceof Error ? outcome : new Error(url + ': ' + outcome.status);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }`;

/**
 * Returns a script that prints the outcome for each URL: a status, `no-response`, or the error's code. The URLs of `first`
 * are fetched until they respond with 200, so that silence from the others is not just that of a pod too new to be known.
 */
export function reachScript(urls: readonly string[], first: readonly string[] = []): string {
  return `
    ${UNTIL_200}
    const silences = ['TimeoutError', 'ETIMEDOUT', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];
    const reach = async (url) => {
      try {
        return (await fetch(url, { signal: AbortSignal.timeout(5000) })).status;
      } catch (error) {
        // An untrusted certificate is a response too.
        const reason = error.cause?.code ?? error.name;
        return silences.includes(reason) ? 'no-response' : reason;
      }
    };
    const outcomes = [];
    for (const url of ${JSON.stringify(first)}) outcomes.push((await until200(url)).status);
    outcomes.push(...(await Promise.all(${JSON.stringify(urls)}.map(reach))));
    console.log(outcomes.join(' '));`;
}
